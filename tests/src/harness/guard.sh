# Runs "$@" as a server that cannot outlive the test process. The test holds this script's standard
# input: each line is a signal for the server, and the end of the input, also when the test process
# was killed, ends the server and everything it started. Needs LOG and LAST (the ending signal).
exec 3<&0 4>&1 </dev/null >>"$LOG" 2>&1

# A session of its own makes everything the server starts recognisable.
setsid "$@" 3<&- 4>&- &
server=$!
echo "$server" >&4
exec 4>&-

sweep() {
    if command -v pkill >/dev/null; then
        pkill -KILL -s "$server"
        return
    fi
    for stat in /proc/[0-9]*/stat; do
        read -r line <"$stat" || continue
        pid=${stat#/proc/}
        # After the name in brackets: state, parent, group, session.
        set -- ${line##*) }
        [ "$4" = "$server" ] && kill -s KILL "${pid%/stat}"
    done 2>/dev/null
}

(
    while read -r signal <&3; do kill -s "$signal" "$server"; done
    kill -s CONT "$server"
    kill -s "$LAST" "$server"
    tries=0
    while kill -s 0 "$server" && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
    kill -s KILL "$server"
    sweep
) &
watch=$!
exec 3<&-

wait "$server"
code=$?
kill -s KILL "$watch"
sweep
exit $code
