include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The program; the C interface as a shared library; and the rooms that link no LibTorch, for programs in C++.
set(rooms base motion io signal body model features dataset exchange kernels infer report synth)
list(TRANSFORM rooms PREPEND kinemyo_)
if(KINEMYO_SERVE)
  # The pose estimator that the camera's page runs in the browser; the heavy model is not offered.
  install(DIRECTORY web/node_modules/@mediapipe/pose/ DESTINATION ${CMAKE_INSTALL_DATADIR}/kinemyo/pose
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
    PATTERN "*heavy*" EXCLUDE PATTERN "*.ts" EXCLUDE)
endif()
install(TARGETS kinemyo RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS kinemyo_shared EXPORT kinemyoShared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS ${rooms} EXPORT kinemyoRooms ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/kinemyo)
install(FILES include/kinemyo.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY src/kinemyo DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "train" EXCLUDE PATTERN "serve" EXCLUDE PATTERN "study" EXCLUDE PATTERN "onnx" EXCLUDE)
set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kinemyo)
install(EXPORT kinemyoShared NAMESPACE kinemyo:: DESTINATION ${cmake_dir})
install(EXPORT kinemyoRooms NAMESPACE kinemyo:: DESTINATION ${cmake_dir})
configure_package_config_file(cmake/kinemyoConfig.cmake.in ${PROJECT_BINARY_DIR}/kinemyoConfig.cmake
  INSTALL_DESTINATION ${cmake_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/kinemyoConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/kinemyoConfig.cmake ${PROJECT_BINARY_DIR}/kinemyoConfigVersion.cmake
  DESTINATION ${cmake_dir})

# The prefix is the one that `cmake --install` is given, so the file finds it from where it stands.
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/kinemyo.pc.in ${PROJECT_BINARY_DIR}/kinemyo.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/kinemyo.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
