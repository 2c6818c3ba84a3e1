# cmake -D WAY=install|subdirectory -D SOURCE= -D BUILD= -D WORK= ... -P consume.cmake
# Configures, builds and runs examples/consumer from nothing.

function(run)
  list(JOIN ARGN " " line)
  message(STATUS "${line}")
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${WORK})
set(configure ${CMAKE_COMMAND} -G ${GENERATOR} -D CMAKE_CXX_COMPILER=${CXX_COMPILER}
              -D CMAKE_CXX_COMPILER_LAUNCHER=${CXX_COMPILER_LAUNCHER} -B ${WORK}/build)
if(WAY STREQUAL "install")
  run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
  # Elsewhere than where it was installed: an installed organics must not depend on its place.
  file(RENAME ${WORK}/prefix ${WORK}/moved)
  if(EXISTS ${WORK}/moved/bin/organics AND NOT EXISTS ${WORK}/moved/share/organics/plot_sweep.py)
    message(FATAL_ERROR "share/organics/plot_sweep.py, which organics sweep --plot runs, is not installed")
  endif()
  list(PREPEND PREFIX_PATH ${WORK}/moved)
  list(APPEND configure -D CMAKE_BUILD_TYPE=Release -S ${SOURCE}/examples/consumer)
else()
  # Unoptimised and without CUDA: how it links is the question, and building the library again takes long enough.
  list(APPEND configure -D CMAKE_BUILD_TYPE=Debug -D ORGANICS_CUDA=OFF -D ORGANICS_SOURCE_DIR=${SOURCE}
              -S ${SOURCE}/tests/install/subdirectory)
endif()
run(${configure} "-DCMAKE_PREFIX_PATH=${PREFIX_PATH}")
run(${CMAKE_COMMAND} --build ${WORK}/build)
if(WAY STREQUAL "install")
  run(${WORK}/build/consumer)
else()
  run(${WORK}/build/consumer/consumer)
endif()
