# ORGANICS_CUDA (AUTO, ON, OFF) decides organics_with_cuda; organics_cuda_options(target) sets how kernels are compiled.

set(ORGANICS_CUDA AUTO CACHE STRING "CUDA executor: AUTO (when nvcc is found), ON or OFF")
set_property(CACHE ORGANICS_CUDA PROPERTY STRINGS AUTO ON OFF)
if(NOT ORGANICS_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "ORGANICS_CUDA is '${ORGANICS_CUDA}': expected AUTO, ON or OFF")
endif()
# "90" is machine code for sm_90 and PTX that later devices compile for themselves.
set(CMAKE_CUDA_ARCHITECTURES 90 CACHE STRING "CUDA architectures, as CMake names them")

set(organics_with_cuda OFF)
if(ORGANICS_CUDA)
  if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
    find_program(ORGANICS_NVCC nvcc PATHS /usr/local/cuda/bin DOC "The CUDA compiler")
    mark_as_advanced(ORGANICS_NVCC)
    if(ORGANICS_NVCC)
      set(ENV{CUDACXX} ${ORGANICS_NVCC})
    endif()
  endif()
  if(ORGANICS_CUDA STREQUAL "AUTO")
    if(CMAKE_CUDA_COMPILER OR DEFINED ENV{CUDACXX})
      include(CheckLanguage)
      check_language(CUDA)  # a compiler that does not work is no reason to stop here
    endif()
    if(CMAKE_CUDA_COMPILER)
      set(organics_with_cuda ON)
    endif()
  else()
    set(organics_with_cuda ON)
  endif()
endif()

if(organics_with_cuda)
  enable_language(CUDA)
  find_package(CUDAToolkit REQUIRED)
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 does not know that nvcc has C++20
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
  endif()
  message(STATUS "CUDA: ${CMAKE_CUDA_COMPILER} ${CMAKE_CUDA_COMPILER_VERSION}, architectures ${CMAKE_CUDA_ARCHITECTURES}")
elseif(ORGANICS_CUDA STREQUAL "AUTO")
  message(STATUS "CUDA: no working nvcc on PATH or in /usr/local/cuda/bin; the library is built without it")
else()
  message(STATUS "CUDA: off")
endif()

# Keeps what the checks on device code read: the figures of ptxas beside each object, and PTX as plain text in it.
option(ORGANICS_DEVICE_REPORT "Keep register figures and uncompressed PTX for the tests" ${PROJECT_IS_TOP_LEVEL})

function(organics_cuda_options target)
  set_target_properties(${target} PROPERTIES CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON CUDA_RUNTIME_LIBRARY Static)
  target_link_libraries(${target} PRIVATE CUDA::cudart_static)
  # Public views (BatchView) are constexpr and carry no CUDA marks; kernels call their accessors.
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr>)
  if(ORGANICS_DEVICE_REPORT)
    target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:SHELL:-Xptxas -v --compress-mode=none>")
    set_target_properties(${target} PROPERTIES CUDA_COMPILER_LAUNCHER
                                               "sh;${PROJECT_SOURCE_DIR}/cmake/keep_ptxas.sh;${CMAKE_CUDA_COMPILER_LAUNCHER}")
  endif()
endfunction()
