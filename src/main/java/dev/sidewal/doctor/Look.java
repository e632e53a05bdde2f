package dev.sidewal.doctor;

import java.util.List;
import java.util.Optional;

/**
 * What was seen at one instant.
 *
 * @param locks of other processes
 * @param log the state of the log, if it could be asked
 * @param epoch the header of the log: another one means that the log was reset in between
 */
record Look(List<HeldLock> locks, Optional<LiveDatabase.Log> log, String epoch) {

  Look {
    locks = List.copyOf(locks);
  }
}
