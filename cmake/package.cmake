# The installed package: find_package(linnet COMPONENTS core) needs only Eigen, find_package(linnet) everything.

include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/linnet)

install(TARGETS linnet_core EXPORT linnet_core_targets COMPONENT development)
install(EXPORT linnet_core_targets FILE linnetCoreTargets.cmake NAMESPACE linnet:: DESTINATION ${package_dir} COMPONENT development)
if(NOT LINNET_CORE_ONLY)
  install(TARGETS linnet EXPORT linnet_targets COMPONENT development)
  install(EXPORT linnet_targets FILE linnetTargets.cmake NAMESPACE linnet:: DESTINATION ${package_dir} COMPONENT development)
endif()

install(DIRECTORY src/linnet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN *.hpp)
install(FILES ${PROJECT_BINARY_DIR}/src/linnet/include/linnet/version.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/linnet COMPONENT development)

configure_package_config_file(cmake/linnetConfig.cmake.in ${PROJECT_BINARY_DIR}/linnetConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/linnetConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/linnetConfig.cmake ${PROJECT_BINARY_DIR}/linnetConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT development)
