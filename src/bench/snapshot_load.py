#!/usr/bin/env python3
"""Commit latency while a snapshot of a large database is taken.

Makes a database, replicates it with the built jar to a directory, commits at a fixed rate from
another process, and compares the latencies of commits during snapshots with those between them,
in one run. Prints a table and writes JSON.

  mvn -B -q package -DskipTests
  python3 src/bench/snapshot_load.py --megabytes 2000 --rate 500 --seconds 240
"""
import argparse, json, os, re, shutil, signal, sqlite3, subprocess, sys, tempfile, time, datetime

def main():
    a = argparse.ArgumentParser()
    a.add_argument('--megabytes', type=int, default=2000)
    a.add_argument('--rate', type=int, default=500)
    a.add_argument('--seconds', type=int, default=240)
    a.add_argument('--interval', default='60s', help='the snapshot interval')
    a.add_argument('--bandwidth', default='', help='the snapshot bandwidth')
    a.add_argument('--dir', default=tempfile.gettempdir())
    a.add_argument('--json', default='')
    o = a.parse_args()
    work = tempfile.mkdtemp(prefix='sidewal-bench-', dir=o.dir)
    try:
        run(o, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)

def run(o, work):
    db = os.path.join(work, 'app.db')
    c = sqlite3.connect(db, isolation_level=None)
    c.execute('PRAGMA journal_mode=WAL'); c.execute('PRAGMA synchronous=NORMAL')
    c.execute('CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)')
    rows = 0
    while os.path.getsize(db) < o.megabytes * 1000 * 1000:
        c.execute('BEGIN')
        c.executemany('INSERT INTO t(v) VALUES(?)',
                      [((b'row %d ' % (rows + i)) * 40 + os.urandom(150),) for i in range(20000)])
        c.execute('COMMIT'); rows += 20000
        c.execute('PRAGMA wal_checkpoint(PASSIVE)')
    c.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    log = open(os.path.join(work, 'agent.log'), 'w')
    args = ['deploy/sidewal', 'replicate', '--log-level', 'debug',
            '--snapshot-interval', o.interval, '--delta-interval', 'off', db, 'file:' + work + '/replica']
    if o.bandwidth:
        args += ['--snapshot-bandwidth', o.bandwidth]
    agent = subprocess.Popen(args, stderr=log)
    text = lambda: open(log.name).read()
    while 'a snapshot of transaction' not in text():
        time.sleep(0.2)
        if agent.poll() is not None:
            sys.exit(text())
    c.execute('PRAGMA busy_timeout=5000')
    import random
    samples = []; longest = 0
    begin = time.time(); n = 0
    while time.time() - begin < o.seconds:
        due = begin + n / o.rate
        wait = due - time.time()
        if wait > 0:
            time.sleep(wait)
        t = time.time(); p = time.perf_counter()
        c.execute('UPDATE t SET v=? WHERE id=?', (os.urandom(100), random.randrange(1, rows)))
        samples.append((t, time.perf_counter() - p)); n += 1
        if n % 50 == 0:
            longest = max(longest, os.path.getsize(db + '-wal'))
    rss = [l for l in open('/proc/%d/status' % agent.pid) if l.startswith('VmHWM')]
    agent.send_signal(signal.SIGTERM); code = agent.wait()
    c.close()
    spans = []; start = None
    for line in text().splitlines():
        m = re.match(r'(\S+Z) ', line)
        if not m: continue
        at = datetime.datetime.fromisoformat(m.group(1).replace('Z', '+00:00')).timestamp()
        if ' writing generations' in line and '/snapshots/' in line: start = at
        if 'a snapshot of transaction' in line and start: spans.append((start, at)); start = None
    spans = [s for s in spans if s[0] >= begin]
    inside = sorted(d for t, d in samples if any(s <= t <= e for s, e in spans))
    outside = sorted(d for t, d in samples if not any(s <= t <= e for s, e in spans))
    q = lambda v, f: v[min(len(v) - 1, int(len(v) * f))] * 1e3 if v else float('nan')
    r = {'databaseBytes': os.path.getsize(db), 'rate': o.rate, 'commits': len(samples), 'snapshots': len(spans),
         'snapshotSeconds': [round(e - s, 1) for s, e in spans],
         'during': {k: q(inside, f) for k, f in (('p50', .5), ('p99', .99), ('p999', .999), ('max', 1))},
         'between': {k: q(outside, f) for k, f in (('p50', .5), ('p99', .99), ('p999', .999), ('max', 1))},
         'longestLogBytes': longest, 'agentPeakKiB': int(rss[0].split()[1]), 'agentExit': code}
    print('%d commits at %d/s, %d snapshots of %.0f MB in %s s; longest log %.1f MB; agent peak %d MiB, exit %d' % (
        r['commits'], o.rate, r['snapshots'], r['databaseBytes'] / 1e6, r['snapshotSeconds'], longest / 1e6,
        r['agentPeakKiB'] // 1024, code))
    print('%-10s %10s %10s %10s %10s' % ('ms', 'p50', 'p99', 'p99.9', 'max'))
    for k in ('between', 'during'):
        print('%-10s %10.3f %10.3f %10.3f %10.3f' % (k, *(r[k][x] for x in ('p50', 'p99', 'p999', 'max'))))
    print('during / between: p99 %.2f' % (r['during']['p99'] / r['between']['p99']))
    print([l for l in text().splitlines() if 'stopped at' in l])
    if o.json:
        json.dump(r, open(o.json, 'w'), indent=1)

main()
