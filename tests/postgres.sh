#!/bin/sh
# Starts a PostgreSQL of its own on the loopback, prints its URL, and ends with its standard input:
# a test that is killed leaves nothing behind. A line `crash` on that input ends the server as a power
# cut would, a line `start` brings it back. As root it runs as `postgres`, who may not be root; that
# user is given the text of this script, for it may not read the folder of the project.
set -eu
port=$1
if [ "$(id -u)" -eq 0 ]; then
    exec setpriv --reuid=postgres --regid=postgres --clear-groups env -u TMPDIR sh -c "$(cat "$0")" "$0" "$port"
fi
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
"$bin/initdb" -D "$dir/data" -A trust -U seuil -E UTF8 --no-sync >/dev/null
start() {
    "$bin/postgres" -D "$dir/data" -h 127.0.0.1 -p "$port" -k "$dir" -F -N 300 >/dev/null 2>&1 &
    server=$!
    tries=0
    until "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || exit 1
        sleep 0.1
    done
}
start
echo "postgres://seuil@127.0.0.1:$port/postgres"
while read -r word; do
    case $word in
    crash)
        kill -QUIT "$server"
        wait "$server" || true
        ;;
    start) start ;;
    esac
done
kill -INT "$server" || true
wait "$server" || true
