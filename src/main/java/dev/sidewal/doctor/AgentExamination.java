package dev.sidewal.doctor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the running agent says.
 *
 * @param state empty if none answers
 * @param silence why none answered
 */
public record AgentExamination(Optional<AgentState> state, String silence) implements Examination {

  private static final Duration LAG = Duration.ofSeconds(60);

  @Override
  public List<Finding> examine() {
    if (state.isEmpty()) {
      return List.of(new Finding(MachineKind.AGENT_NOT_THERE, silence));
    }
    AgentState agent = state.get();
    String at = "The agent at " + agent.endpoint() + " ";
    if (!agent.known()) {
      return List.of(
          new Finding(MachineKind.AGENT_OTHER_DATABASES, at + "does not replicate this database."));
    }
    List<Finding> findings = new ArrayList<>();
    String says = at + "says: " + agent.state();
    if (agent.state().equals("superseded")) {
      findings.add(new Finding(MachineKind.AGENT_SUPERSEDED, says + "."));
    } else if (!agent.alive()) {
      findings.add(new Finding(MachineKind.AGENT_NOT_ALIVE, says + ", not alive."));
    }
    if (!agent.trouble().isEmpty()) {
      findings.add(new Finding(MachineKind.AGENT_TROUBLE, says + "; " + agent.trouble()));
    }
    String lag =
        "the oldest commit that the store does not have waits for " + Figures.duration(agent.lag());
    if (agent.lag().compareTo(LAG) > 0) {
      findings.add(new Finding(MachineKind.AGENT_LAGGING, says + "; " + lag + "."));
    }
    if (findings.isEmpty()) {
      findings.add(
          new Finding(
              MachineKind.AGENT_FINE, says + "; lag " + Figures.duration(agent.lag()) + "."));
    }
    return findings;
  }
}
