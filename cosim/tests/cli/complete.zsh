# What zsh shows for a command line that is not finished: zsh -f complete.zsh LINE
# The line is typed into an interactive shell in a terminal of its own, then the keys that list
# the choices, then those that print a mark after them.
zmodload zsh/zpty
zpty shell zsh -f -i
until_shown() {
    local text= part=
    while [[ $text != *"$1"* ]]; do
        zpty -r shell part || break
        text+=$part
    done
    print -r -- "$text"
}
type() { zpty -w shell "$1" }
type 'PROMPT= LISTMAX=1000 COLUMNS=200; setopt NO_BEEP; bindkey -e'
type 'autoload -Uz compinit; compinit -u -D; source <(heddle completions zsh)'
type 'mark() { print -r -- "<END:$BUFFER>"; BUFFER= }; zle -N mark'
type 'bindkey "^X^L" list-choices; bindkey "^X^M" mark'
# Not as it is typed, or its echo would be taken for it.
type 'print -r -- REA""DY'
until_shown READY >/dev/null
zpty -w -n shell "$1"$'\C-X\C-L\C-X\C-M'
until_shown '<END:'
zpty -d shell
