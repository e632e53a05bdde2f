package dev.sidewal.tables;

/**
 * What is to be done with a table.
 *
 * @param source the table as the moment has it
 * @param target its name in the live database
 * @param action what is done
 * @param live the name of the live table that it replaces or stands beside; empty text if none
 */
record TablePlan(Table source, String target, RestoredTable.Action action, String live) {

  /** Returns whether it gets a new name, and so leaves the live table alone. */
  boolean copies() {
    return action == RestoredTable.Action.COPIED;
  }

  /** Returns what stands behind the names of its indexes and triggers if it gets a new name. */
  String suffix() {
    String name = source.name();
    return target.length() > name.length() && Names.same(target.substring(0, name.length()), name)
        ? target.substring(name.length())
        : "_" + target;
  }
}
