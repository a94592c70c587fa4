# kinemyo_embed(<target> <symbol> <file>): the bytes of <file> in the program, declared as
#   extern const char <symbol>[]; extern const char <symbol>_end[];
# <file> may be made by the build. The assembler's .incbin copies it, so size costs no compile time.
function(kinemyo_embed target symbol file)
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/embed_${symbol}.S)
  file(CONFIGURE OUTPUT ${assembly} CONTENT [[
  .section .rodata
  .global @symbol@
  .global @symbol@_end
@symbol@:
  .incbin "@file@"
@symbol@_end:
  .byte 0
  .section .note.GNU-stack,"",%progbits
]] @ONLY)
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${assembly})
endfunction()

# kinemyo_embed_page(<target> <symbol> <page>): one of the pages that web/ bundles.
function(kinemyo_embed_page target symbol page)
  kinemyo_embed(${target} ${symbol} ${PROJECT_BINARY_DIR}/web/${page})
  add_dependencies(${target} web_pages)
endfunction()
