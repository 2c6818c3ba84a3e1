# organics_simd_sources(variable): src/simd/*.cpp, those for the instruction sets that the target can have, each compiled
# with the flags of its own; src/simd/lanes.cpp picks one when the program runs.
#
# Optimised whatever the build type: these loops are what a program is meant to spend its time in, and inline functions
# left over would be shared with code for a lesser machine (tests/check_simd_objects.py).
function(organics_simd_sources variable)
  organics_glob(sources src/simd/*.cpp)
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    list(FILTER sources EXCLUDE REGEX "/lanes_avx[^/]*$")
  endif()
  set(common -fno-math-errno)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND common -fno-tree-loop-distribute-patterns)  # sums that begin at zero in registers, not by memset
  endif()
  if(NOT ORGANICS_SANITIZE)
    list(APPEND common -O3)
  endif()
  if(ORGANICS_EXACT)
    list(APPEND common -DORGANICS_EXACT)
  else()
    list(APPEND common -ffp-contract=fast)  # Clang would otherwise look within single statements only
  endif()
  foreach(source IN LISTS sources)
    set(flags ${common})
    if(source MATCHES "/lanes_avx2\\.cpp$")
      list(APPEND flags -mavx2 -mfma)
    elseif(source MATCHES "/lanes_avx512\\.cpp$")
      list(APPEND flags -mavx2 -mfma -mavx512f -mavx512vl -mavx512dq)
    endif()
    set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${flags}")
  endforeach()
  set(${variable} ${sources} PARENT_SCOPE)
endfunction()
