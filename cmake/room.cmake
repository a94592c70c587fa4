# kinemyo_room(<word> [USES <room>...] [PUBLIC <lib>...] [PRIVATE <lib>...] [WITHOUT <folder>])
# One word is one room: folder src/kinemyo/<word>, target kinemyo::<word>, tests in tests/<word>. A folder in it WITHOUT which
# the room is built is a target of its own.
function(kinemyo_room word)
  cmake_parse_arguments(ROOM "" "WITHOUT" "USES;PUBLIC;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(ROOM_WITHOUT)
    list(FILTER sources EXCLUDE REGEX "/${ROOM_WITHOUT}/[^/]*$")
  endif()
  set(libs "")
  foreach(used ${ROOM_USES})
    list(APPEND libs kinemyo::${used})
  endforeach()
  if(sources)
    add_library(kinemyo_${word} STATIC ${sources})
    target_include_directories(kinemyo_${word} PUBLIC
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:include>)
    target_link_libraries(kinemyo_${word} PUBLIC ${libs} ${ROOM_PUBLIC} PRIVATE ${ROOM_PRIVATE})
  else()
    add_library(kinemyo_${word} INTERFACE)
    target_include_directories(kinemyo_${word} INTERFACE
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:include>)
    target_link_libraries(kinemyo_${word} INTERFACE ${libs} ${ROOM_PUBLIC})
  endif()
  set_target_properties(kinemyo_${word} PROPERTIES EXPORT_NAME ${word})
  add_library(kinemyo::${word} ALIAS kinemyo_${word})
endfunction()

# kinemyo_test(<word> [LINKS <lib>...]): one executable <word>_test from tests/<word>/*_test.cc.
function(kinemyo_test word)
  cmake_parse_arguments(TEST "" "" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${word}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${word}_test ${sources})
  target_include_directories(${word}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${word}_test PRIVATE
    KINEMYO_SOURCE_DIR="${PROJECT_SOURCE_DIR}" KINEMYO_GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden"
    KINEMYO_BINARY="${CMAKE_BINARY_DIR}/kinemyo")
  target_link_libraries(${word}_test PRIVATE ${TEST_LINKS} GTest::gmock_main)
  gtest_discover_tests(${word}_test DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 600 WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
