package dev.sidewal;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Set;
import java.util.TreeSet;

/** Holds the shape of the code: which package may use which, and what may stand in signatures. */
@AnalyzeClasses(packages = "dev.sidewal", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

  /** Everything may use {@code error} and {@code fault}, which use nothing. */
  @ArchTest
  static final ArchRule DEPENDENCIES_POINT_DOWNWARDS =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage("dev.sidewal..")
          .withOptionalLayers(true)
          .layer("cli")
          .definedBy("dev.sidewal.cli..")
          .layer("config")
          .definedBy("dev.sidewal.config..")
          .layer("agent")
          .definedBy("dev.sidewal.agent..")
          .layer("doctor")
          .definedBy("dev.sidewal.doctor..")
          .layer("forensics")
          .definedBy("dev.sidewal.forensics..")
          .layer("backup")
          .definedBy("dev.sidewal.backup..")
          .layer("tables")
          .definedBy("dev.sidewal.tables..")
          .layer("restore")
          .definedBy("dev.sidewal.restore..")
          .layer("retention")
          .definedBy("dev.sidewal.retention..")
          .layer("replica")
          .definedBy("dev.sidewal.replica..")
          .layer("segment")
          .definedBy("dev.sidewal.segment..")
          .layer("store")
          .definedBy("dev.sidewal.store..")
          .layer("sqlite")
          .definedBy("dev.sidewal.sqlite..")
          .layer("error")
          .definedBy("dev.sidewal.error..")
          .layer("fault")
          .definedBy("dev.sidewal.fault..")
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("config")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("agent")
          .mayOnlyBeAccessedByLayers("cli", "config")
          .whereLayer("doctor")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("forensics")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("backup")
          .mayOnlyBeAccessedByLayers("cli", "doctor", "tables")
          .whereLayer("tables")
          .mayOnlyBeAccessedByLayers("cli", "forensics")
          .whereLayer("restore")
          .mayOnlyBeAccessedByLayers("cli", "agent", "doctor", "forensics", "backup", "tables")
          .whereLayer("retention")
          .mayOnlyBeAccessedByLayers("cli", "agent", "restore", "doctor")
          .whereLayer("replica")
          .mayOnlyBeAccessedByLayers(
              "cli", "agent", "restore", "retention", "doctor", "forensics", "backup", "tables")
          .whereLayer("segment")
          .mayOnlyBeAccessedByLayers(
              "cli",
              "agent",
              "restore",
              "retention",
              "replica",
              "doctor",
              "forensics",
              "backup",
              "tables")
          .whereLayer("store")
          .mayOnlyBeAccessedByLayers(
              "cli",
              "config",
              "agent",
              "restore",
              "retention",
              "replica",
              "doctor",
              "forensics",
              "backup",
              "tables")
          .whereLayer("sqlite")
          .mayOnlyBeAccessedByLayers(
              "cli",
              "agent",
              "restore",
              "retention",
              "replica",
              "doctor",
              "forensics",
              "backup",
              "tables");

  @ArchTest
  static final ArchRule ERRORS_KNOW_NOTHING =
      noClasses()
          .that()
          .resideInAPackage("dev.sidewal.error..")
          .should()
          .dependOnClassesThat()
          .resideOutsideOfPackages("dev.sidewal.error..", "java..");

  @ArchTest
  static final ArchRule FAULTS_KNOW_NOTHING =
      noClasses()
          .that()
          .resideInAPackage("dev.sidewal.fault..")
          .should()
          .dependOnClassesThat()
          .resideOutsideOfPackages("dev.sidewal.fault..", "java..");

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("dev.sidewal.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule ONLY_THE_COMMAND_LINE_KNOWS_ITS_PARSER_AND_LOGBACK =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.sidewal.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("picocli..", "ch.qos.logback..");

  @ArchTest
  static final ArchRule ONLY_STORES_KNOW_THE_SDK =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.sidewal.store..", "dev.sidewal.retention..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("software.amazon.awssdk..");

  /** A clock is passed in; only where things are put together the system's is named. */
  @ArchTest
  static final ArchRule TIME_IS_PASSED_IN =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.sidewal.segment..", "dev.sidewal.replica..", "dev.sidewal.restore..")
          .should()
          .callMethod(java.time.Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Clock.class, "systemUTC");

  /** Whoever extends the public surface by a method that may return nothing uses Optional. */
  @ArchTest
  static final ArchRule BOXED_NUMBERS_ARE_NOT_RETURNED =
      methods()
          .that()
          .arePublic()
          .and()
          .areDeclaredInClassesThat()
          .arePublic()
          .and()
          .areDeclaredInClassesThat()
          .resideOutsideOfPackage("dev.sidewal.cli..")
          .should(notReturnBoxedNumbers());

  private static ArchCondition<JavaMethod> notReturnBoxedNumbers() {
    return new ArchCondition<>("not return boxed numbers, whose only extra value is null") {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        JavaClass type = method.getRawReturnType();
        Set<String> boxed = Set.of("java.lang.Long", "java.lang.Integer", "java.lang.Boolean");
        events.add(
            new SimpleConditionEvent(
                method, !boxed.contains(type.getName()), method.getDescription()));
      }
    };
  }

  @ArchTest
  static void everyPackageSaysWhatItIsFor(JavaClasses classes) {
    Set<String> silent = new TreeSet<>();
    for (JavaClass type : classes) {
      Path info =
          Path.of("src/main/java", type.getPackageName().replace('.', '/'), "package-info.java");
      if (!Files.isRegularFile(info)) {
        silent.add(type.getPackageName());
      }
    }
    assertThat(silent).isEmpty();
    assertThat(classes.that(resideInAPackage("dev.sidewal.cli..")).size()).isPositive();
  }

  /** A rule that looks at no class would hold for ever. */
  @ArchTest
  static void theRulesSeeTheCode(JavaClasses classes) {
    assertThat(classes.size()).isGreaterThan(50);
    assertThat(new ClassFileImporter().importPackages("dev.sidewal.error").size()).isPositive();
  }
}
