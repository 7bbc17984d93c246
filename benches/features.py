"""Pages of 1,000 features at a fixed rate, then as fast as they come: p50, p99, requests a second.

    python3 benches/features.py NAME=URL [NAME=URL …] [--rate 200] [--seconds 20]

Each URL is a page (`…/items?limit=1000`), with whatever it needs to be let in. All are asked side by side in one run, one
after the other, by threads that each keep a connection. Answers are read whole and accepted in gzip. Prints a table; asserts nothing.
"""

import argparse
import http.client
import threading
import time
import urllib.parse

THREADS = 16


def connected(url):
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.netloc, timeout=60), f"{parts.path}?{parts.query}"


def ask(connection, path):
    connection.request("GET", path, headers={"Accept": "application/geo+json", "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{answer.status}: {body[:200]!r}")
    return len(body)


def at_rate(url, rate, seconds):
    """Latencies from the instant that a request was due: a server that falls behind is seen."""
    start, due, lock, times = time.perf_counter() + 0.2, iter(range(int(rate * seconds))), threading.Lock(), []

    def work():
        connection, path = connected(url)
        while True:
            with lock:
                turn = next(due, None)
            if turn is None:
                return
            instant = start + turn / rate
            time.sleep(max(0.0, instant - time.perf_counter()))
            ask(connection, path)
            with lock:
                times.append(time.perf_counter() - instant)

    run(work)
    return sorted(times)


def flat_out(url, seconds):
    end, done, lock = time.perf_counter() + seconds, [0, 0], threading.Lock()

    def work():
        connection, path = connected(url)
        while time.perf_counter() < end:
            size = ask(connection, path)
            with lock:
                done[0] += 1
                done[1] += size

    run(work)
    return done[0] / seconds, done[1] / max(done[0], 1)


def run(work):
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pages", nargs="+")
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    for page in given.pages:
        name, url = page.split("=", 1)
        ask(*connected(url))
        fast, size = flat_out(url, given.seconds)
        line = f"{name:12} {fast:8.1f} requests/s, {size / 1024:7.0f} kB each"
        if fast > given.rate:
            times = at_rate(url, given.rate, given.seconds)
            p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
            line += f"; at {given.rate:.0f}/s p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms"
        print(line, flush=True)


if __name__ == "__main__":
    main()
