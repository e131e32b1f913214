# bash completion for neume; made by: neume completion bash
_neume() {
    local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} flags=
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W " transcribe analyse convert engrave render compose eval taste data train recommend models store completion help version" -- "$word")
        return
    fi
    if [ "$COMP_CWORD" = 2 ]; then
        case $verb in
        compose) mapfile -t COMPREPLY < <(compgen -W "theme inspire continue fill vary title revise harmonise" -- "$word"); return ;;
        eval) mapfile -t COMPREPLY < <(compgen -W "notes score taste lm themes grammar prompts captions harmony" -- "$word"); return ;;
        taste) mapfile -t COMPREPLY < <(compgen -W "ask import export forget profile stats demo" -- "$word"); return ;;
        data) mapfile -t COMPREPLY < <(compgen -W "bank corpus perform tunes render" -- "$word"); return ;;
        train) mapfile -t COMPREPLY < <(compgen -W "taste" -- "$word"); return ;;
        models) mapfile -t COMPREPLY < <(compgen -W "info verify quantise random" -- "$word"); return ;;
        store) mapfile -t COMPREPLY < <(compgen -W "key backup migrate" -- "$word"); return ;;
        esac
    fi
    case "$verb ${COMP_WORDS[2]}" in
    "transcribe"\ *) flags=" --output --output-dir --to --sensitivity --instruments --offsets --bends --bpm --metre --pickup --beats --title --composer --chords --beat-model --bar-model --roll --model --cast-model --kit-model --f32 --keep-going --json --threads --progress --quiet --help" ;;
    "analyse"\ *) flags=" --bpm --metre --pickup --beats --title --composer --chords --beat-model --bar-model --as-played --model --cast-model --kit-model --places --json --threads --progress --quiet --help" ;;
    "convert"\ *) flags=" --to --tune --bpm --metre --pickup --beats --title --composer --chords --beat-model --bar-model --as-played --roll --json --threads --progress --quiet --help" ;;
    "engrave"\ *) flags=" --to --tune --json --threads --progress --quiet --help" ;;
    "render"\ *) flags=" --soundfont --tune --rate --dry --json --threads --progress --quiet --help" ;;
    "compose theme") flags=" --key --metre --rhythm --style --mood --bars --voices --count --temperature --top-p --model --out --to --title --seed --json --threads --progress --quiet --help" ;;
    "compose inspire") flags=" --key --metre --rhythm --style --mood --bars --voices --count --temperature --top-p --model --out --to --title --seed --json --threads --progress --quiet --help" ;;
    "compose continue") flags=" --bars --count --temperature --top-p --model --out --to --title --seed --tune --json --threads --progress --quiet --help" ;;
    "compose fill") flags=" --bars --count --temperature --top-p --model --out --to --title --seed --tune --json --threads --progress --quiet --help" ;;
    "compose vary") flags=" --strength --resample --count --temperature --top-p --model --out --to --title --seed --tune --json --threads --progress --quiet --help" ;;
    "compose title") flags=" --count --temperature --top-p --model --seed --tune --json --threads --progress --quiet --help" ;;
    "compose revise") flags=" --ask --keep --out --to --title --seed --tune --json --threads --progress --quiet --help" ;;
    "compose harmonise") flags=" --voices --out --to --title --seed --tune --json --threads --progress --quiet --help" ;;
    "eval notes") flags=" --reliability --json --threads --progress --quiet --help" ;;
    "eval score") flags=" --skip --failed --json --threads --progress --quiet --help" ;;
    "eval taste") flags=" --plays --test --tags --algorithms --model --hide --by-time --split-seed --k --search --lambda --alpha --beta --tag-weight --plays-power --factors --sweeps --neighbours --weighting --json --threads --progress --quiet --help" ;;
    "eval lm") flags=" --model --tunes --titles --bars --learnt --seed --json --threads --progress --quiet --help" ;;
    "eval themes") flags=" --model --count --learnt --out --seed --json --threads --progress --quiet --help" ;;
    "eval grammar") flags=" --out --json --threads --progress --quiet --help" ;;
    "eval prompts") flags=" --verbose --json --threads --progress --quiet --help" ;;
    "eval captions") flags=" --clips --seed --json --threads --progress --quiet --help" ;;
    "eval harmony") flags=" --sources --json --threads --progress --quiet --help" ;;
    "taste ask") flags=" --rewrite --rewrite-model --json --threads --progress --quiet --help" ;;
    "taste import") flags=" --as --by --user --store --key --json --threads --progress --quiet --help" ;;
    "taste export") flags=" --user --output --store --key --json --threads --progress --quiet --help" ;;
    "taste forget") flags=" --user --store --key --json --threads --progress --quiet --help" ;;
    "taste profile") flags=" --user --zone --store --key --json --threads --progress --quiet --help" ;;
    "taste stats") flags=" --epsilon --store --key --json --threads --progress --quiet --help" ;;
    "taste demo") flags=" --seed --store --key --json --threads --progress --quiet --help" ;;
    "data bank") flags=" --font --drumfont --piano --recorded --drumkit --invented --invented-kits --json --threads --progress --quiet --help" ;;
    "data corpus") flags=" --played --written --json --threads --progress --quiet --help" ;;
    "data perform") flags=" --count --every --seed --json --threads --progress --quiet --help" ;;
    "data tunes") flags=" --least --most --json --threads --progress --quiet --help" ;;
    "data render") flags=" --corpus --bank --count --seconds --seed --strength --clean --ensembles --all-sounds --validation --share-piano --share-chamber --share-band --share-drums --share-lines --share-random --share-negative --json --threads --progress --quiet --help" ;;
    "train taste") flags=" --plays --valid --tags --algorithm --search --lambda --alpha --beta --tag-weight --plays-power --factors --sweeps --neighbours --weighting --seed --output --store --key --json --threads --progress --quiet --help" ;;
    "train"\ *) flags=" --json --threads --progress --quiet --help" ;;
    "recommend"\ *) flags=" --user --like --prompt --session --from --to --radio --count --explain --diversity --novelty --not-again --seed --rewrite --rewrite-model --model --store --key --users --tsv --json --threads --progress --quiet --help" ;;
    "models info") flags=" --json --threads --progress --quiet --help" ;;
    "models verify") flags=" --json --threads --progress --quiet --help" ;;
    "models quantise") flags=" --type --json --threads --progress --quiet --help" ;;
    "models random") flags=" --seed --channels --blocks --vocabulary --width --layers --heads --kv-heads --hidden --context --architecture --type --json --threads --progress --quiet --help" ;;
    "store key") flags=" --json --threads --progress --quiet --help" ;;
    "store backup") flags=" --store --key --json --threads --progress --quiet --help" ;;
    "store migrate") flags=" --store --key --json --threads --progress --quiet --help" ;;
    "completion"\ *) flags=" --json --threads --progress --quiet --help" ;;
    "help"\ *) flags=" --man --json --threads --progress --quiet --help" ;;
    "version"\ *) flags=" --json --threads --progress --quiet --help" ;;
    esac
    case $word in
    -*) mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$word") ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    esac
}
complete -o filenames -F _neume neume
