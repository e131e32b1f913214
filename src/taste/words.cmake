# What understanding prompts adds to the room. The lexicon and the table of characters are texts, compiled in.
set(lexicon)
foreach(part grammar mood style instrument use voice names)
  list(APPEND lexicon ${CMAKE_CURRENT_SOURCE_DIR}/lexicon_${part}.tsv)
endforeach()
set(traditional ${CMAKE_CURRENT_SOURCE_DIR}/traditional.txt)
set(words_data ${CMAKE_CURRENT_BINARY_DIR}/words_data.c)
string(REPLACE ";" "," lexicon_files "${lexicon}")
add_custom_command(OUTPUT ${words_data}
  COMMAND ${CMAKE_COMMAND} -DOUT=${words_data} -DHEADER=${CMAKE_CURRENT_SOURCE_DIR}/words_data.h
    "-DTEXTS=lexicon=${lexicon_files}|traditional=${traditional}" -P ${PROJECT_SOURCE_DIR}/cmake/embed_texts.cmake
  DEPENDS ${lexicon} ${traditional} ${PROJECT_SOURCE_DIR}/cmake/embed_texts.cmake VERBATIM)
set(words_sources ${words_data} words_text.c words_stem.c words_traditional.c words_lexicon.c words_guess.c words_values.c
  words_number.c words_measure.c words_key.c words_segment.c words_scope.c words_names.c words_understand.c words_query.c
  words_query_text.c words_query_json.c words_rewrite.c words_facts.c words_match.c words_search.c)
set(words_tests words_test.c words_query_test.c words_rewrite_test.c words_match_test.c words_search_test.c)
