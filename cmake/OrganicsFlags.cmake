# Build type, warnings, sanitizers, exact arithmetic, ccache. Folder-wide options: all targets here are our own, and a
# project that adds this one as a subfolder keeps its own.

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
  endif()
  find_program(ORGANICS_CCACHE ccache DOC "Compiler cache")
  mark_as_advanced(ORGANICS_CCACHE)
  if(ORGANICS_CCACHE)
    foreach(language CXX CUDA)
      if(NOT CMAKE_${language}_COMPILER_LAUNCHER)
        set(CMAKE_${language}_COMPILER_LAUNCHER ${ORGANICS_CCACHE})
      endif()
    endforeach()
  endif()
endif()

add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wshadow>")
# Nothing here reads errno, which else keeps every square root a possible call. Results stay the same, bit for bit.
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-fno-math-errno>")
# The stubs that nvcc writes for the host do not survive -Wpedantic and -Wconversion.
add_compile_options("$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra,-Wshadow;SHELL:-Xcudafe --display_error_number>")
if(ORGANICS_WERROR)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Werror>" "$<$<COMPILE_LANGUAGE:CUDA>:SHELL:--Werror all-warnings>")
endif()

if(ORGANICS_SANITIZE)
  if(NOT ORGANICS_SANITIZE MATCHES "^(address\\+undefined|thread)$")
    message(FATAL_ERROR "ORGANICS_SANITIZE is '${ORGANICS_SANITIZE}'; expected address+undefined, thread, or nothing")
  endif()
  string(REPLACE "+" "," organics_sanitizers ${ORGANICS_SANITIZE})
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${organics_sanitizers};-fno-sanitize-recover=all;-fno-omit-frame-pointer;-g1>")
  add_link_options(-fsanitize=${organics_sanitizers})
endif()

if(ORGANICS_EXACT)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off>"
                      "$<$<COMPILE_LANGUAGE:CUDA>:-fmad=false;-Xcompiler=-ffp-contract=off>")
endif()
