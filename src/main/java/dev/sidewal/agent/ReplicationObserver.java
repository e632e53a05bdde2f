package dev.sidewal.agent;

import dev.sidewal.sqlite.PauseListener;
import dev.sidewal.store.StoreListener;

/**
 * Hears of what happens too often to be looked up: requests to the store, pauses for writers. One
 * may observe many replications at once. Called by the threads that do the work; must be safe for
 * use by several of them, return soon, and throw nothing.
 */
public interface ReplicationObserver extends StoreListener, PauseListener {}
