package dev.sidewal.doctor;

import dev.sidewal.sqlite.FileUser;
import dev.sidewal.sqlite.FileUser.LockKind;

/**
 * A lock of another process.
 *
 * @param pid who holds it
 * @param lock what it holds
 */
record HeldLock(long pid, FileUser.Lock lock) {

  /** Returns whether the holder is in a write transaction. */
  boolean isWriter() {
    return lock.exclusive()
        && (lock.kind() == LockKind.WAL_WRITE || lock.kind() == LockKind.RESERVED);
  }

  /** Returns whether the holder lets nobody else read. */
  boolean isExclusive() {
    return lock.exclusive() && lock.kind() == LockKind.SHARED;
  }

  /** Returns whether the holder is in a read transaction that keeps the log. */
  boolean isReadMark() {
    return !lock.exclusive() && lock.kind().isWalRead();
  }
}
