package dev.sidewal.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.retention.LifecycleFinding.Kind;
import dev.sidewal.retention.LifecycleFinding.Severity;
import dev.sidewal.store.BucketVersioning;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which rules endanger a replica, and which serve it. */
class LifecycleVerdictTest {

  private static final String GOOD =
      """
      <Rule><ID>sidewal-retired</ID><Status>Enabled</Status><Filter><And><Prefix>app/</Prefix>
        <Tag><Key>sidewal</Key><Value>retired</Value></Tag></And></Filter>
        <Expiration><Days>1</Days></Expiration></Rule>
      <Rule><ID>sidewal-uploads</ID><Status>Enabled</Status><Filter><Prefix>app/</Prefix></Filter>
        <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>
        </AbortIncompleteMultipartUpload></Rule>
      """;

  private static List<LifecycleRule> rules(String rules) {
    return LifecycleDocument.parse(
            "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + rules
                + "</LifecycleConfiguration>",
            "the test")
        .rules();
  }

  private static LifecycleVerdict check(String rules, String prefix) {
    return LifecycleVerdict.check(rules(rules), prefix, BucketVersioning.OFF);
  }

  private static String rule(String filter, String action) {
    return "<Rule><ID>other</ID><Status>Enabled</Status>" + filter + action + "</Rule>";
  }

  @Test
  void theWantedRulesFit() {
    LifecycleVerdict verdict = check(GOOD, "app/");
    assertThat(verdict.findings())
        .extracting(LifecycleFinding::severity)
        .containsExactly(Severity.OK, Severity.OK);
    assertThat(verdict.findings())
        .extracting(LifecycleFinding::message)
        .containsExactly(
            "Rule 'sidewal-retired' deletes retired objects 1 day after they were written, but not"
                + " before they are tagged.",
            "Rule 'sidewal-uploads' aborts uploads 7 days after their begin.");
    assertThat(verdict.fits()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        // No filter, an empty one, and prefixes on both sides of the replica's.
        "\"\" | app/ | true",
        "<Filter/> | app/ | true",
        "<Filter><Prefix/></Filter> | app/ | true",
        "<Filter><Prefix>a</Prefix></Filter> | app/ | true",
        "<Filter><Prefix>app</Prefix></Filter> | app/ | true",
        "<Filter><Prefix>app/</Prefix></Filter> | app/ | true",
        "<Filter><Prefix>app/gen</Prefix></Filter> | app/ | true",
        "<Filter><Prefix>app/generations/</Prefix></Filter> | app/ | true",
        "<Filter><Prefix>app/generations/00000001/</Prefix></Filter> | app/ | true",
        "<Filter><Prefix>app/generations/x</Prefix></Filter> | app/ | true",
        "<Filter><Prefix>app/tmp/</Prefix></Filter> | app/ | false",
        "<Filter><Prefix>app2/</Prefix></Filter> | app/ | false",
        "<Filter><Prefix>ap/</Prefix></Filter> | app/ | false",
        "<Filter><Prefix>APP/</Prefix></Filter> | app/ | false",
        "<Filter><Prefix>/app/</Prefix></Filter> | app/ | false",
        "<Filter><Prefix>logs/</Prefix></Filter> | app/ | false",
        // The replica is the whole bucket.
        "\"\" | \"\" | true",
        "<Filter><Prefix/></Filter> | \"\" | true",
        "<Filter><Prefix>generations/</Prefix></Filter> | \"\" | true",
        "<Filter><Prefix>g</Prefix></Filter> | \"\" | true",
        "<Filter><Prefix>logs/</Prefix></Filter> | \"\" | false",
        // As it was written before there were filters.
        "<Prefix/> | app/ | true",
        "<Prefix>app/</Prefix> | app/ | true",
        "<Prefix>logs/</Prefix> | app/ | false",
        // Tags that live objects do not have, and the one that the probe puts.
        "<Filter><Tag><Key>sidewal</Key><Value>retired</Value></Tag></Filter> | app/ | false",
        "<Filter><Tag><Key>sidewal</Key><Value>live</Value></Tag></Filter> | app/ | true",
        "<Filter><Tag><Key>team</Key><Value>a</Value></Tag></Filter> | app/ | false",
        "<Filter><And><Prefix>app/</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter>"
            + " | app/ | false",
        "<Filter><And><Prefix>app/</Prefix><Tag><Key>sidewal</Key><Value>live</Value></Tag></And>"
            + "</Filter> | app/ | true",
        "<Filter><And><Tag><Key>sidewal</Key><Value>live</Value></Tag><Tag><Key>a</Key>"
            + "<Value>b</Value></Tag></And></Filter> | app/ | true",
        // Sizes may match, and so may what is not known.
        "<Filter><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan></Filter> | app/ | true",
        "<Filter><ObjectSizeLessThan>500</ObjectSizeLessThan></Filter> | app/ | true",
        "<Filter><And><Prefix>app/</Prefix><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></And>"
            + "</Filter> | app/ | true",
        "<Filter><And><Prefix>logs/</Prefix><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></And>"
            + "</Filter> | app/ | false",
        "<Filter><Moon>full</Moon></Filter> | app/ | true",
      })
  void aRuleIsAboutLiveObjectsUnlessItsFilterShowsOtherwise(
      String filter, String prefix, boolean endangers) {
    LifecycleVerdict verdict =
        check(GOOD + rule(filter, "<Expiration><Days>30</Days></Expiration>"), prefix);
    assertThat(verdict.dangers()).hasSize(endangers ? 1 : 0);
    if (endangers) {
      assertThat(verdict.fits()).isFalse();
      assertThat(verdict.dangers().get(0).kind()).isEqualTo(Kind.DELETES_LIVE);
      assertThat(verdict.dangers().get(0).rule()).contains("other");
      assertThat(verdict.dangers().get(0).message())
          .startsWith(
              "Rule 'other' deletes live history: it expires objects of this replica 30 days after"
                  + " they were written");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<Expiration><Days>30</Days></Expiration> | DELETES_LIVE",
        "<Expiration><Days>3650</Days></Expiration> | DELETES_LIVE",
        "<Expiration><Days>0</Days></Expiration> | DELETES_LIVE",
        "<Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration> | DELETES_LIVE",
        "<Expiration><Date>2020-01-01T00:00:00Z</Date></Expiration> | DELETES_LIVE",
        "<Expiration/> | DELETES_LIVE",
        "<Expiration><Moon>full</Moon></Expiration> | DELETES_LIVE",
        "<Expiration><Days>9</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>"
            + "</Expiration> | DELETES_LIVE",
        "<AllVersionsExpiration><Days>9</Days></AllVersionsExpiration> | DELETES_LIVE",
        "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration> | ",
        "<Expiration><ExpiredObjectDeleteMarker>false</ExpiredObjectDeleteMarker></Expiration> | ",
        "<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>"
            + " | ARCHIVES_LIVE",
        "<Transition><Date>2030-01-01T00:00:00Z</Date><StorageClass>DEEP_ARCHIVE</StorageClass>"
            + "</Transition> | ARCHIVES_LIVE",
        "<Transition><Days>1</Days><StorageClass>STANDARD_IA</StorageClass></Transition>"
            + "<Transition><Days>9</Days><StorageClass>GLACIER</StorageClass></Transition>"
            + " | ARCHIVES_LIVE",
        "<Transition><Days>1</Days><StorageClass>STANDARD_IA</StorageClass></Transition> | ",
        "<Transition><Days>1</Days><StorageClass>ONEZONE_IA</StorageClass></Transition> | ",
        "<Transition><Days>1</Days><StorageClass>INTELLIGENT_TIERING</StorageClass></Transition> | ",
        "<Transition><Days>1</Days><StorageClass>GLACIER_IR</StorageClass></Transition> | ",
        "<Transition><Days>1</Days><StorageClass>COLDTIER</StorageClass></Transition>"
            + " | NOT_UNDERSTOOD",
        "<Transition><Days>1</Days></Transition> | NOT_UNDERSTOOD",
        "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
            + "</NoncurrentVersionExpiration> | ",
        "<NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays><StorageClass>GLACIER"
            + "</StorageClass></NoncurrentVersionTransition> | ",
        "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation>"
            + "</AbortIncompleteMultipartUpload> | ",
        "<DelMarkerExpiration><Days>1</Days></DelMarkerExpiration> | NOT_UNDERSTOOD",
        "<Vanish>soon</Vanish> | NOT_UNDERSTOOD",
      })
  void actionsDiffer(String action, Kind kind) {
    List<LifecycleFinding> bad =
        check(GOOD + rule("<Filter><Prefix/></Filter>", action), "app/").findings().stream()
            .filter(f -> f.severity() != Severity.OK)
            .toList();
    if (kind == null) {
      assertThat(bad).isEmpty();
    } else {
      assertThat(bad).extracting(LifecycleFinding::kind).containsExactly(kind);
      assertThat(bad.get(0).severity())
          .isEqualTo(kind == Kind.NOT_UNDERSTOOD ? Severity.WARNING : Severity.ERROR);
    }
  }

  @Test
  void aRuleThatIsSwitchedOffDoesNothing() {
    String off =
        rule("<Filter/>", "<Expiration><Days>1</Days></Expiration>").replace("Enabled", "Disabled");
    assertThat(check(GOOD + off, "app/").fits()).isTrue();
    LifecycleVerdict verdict = check(GOOD.replace("Enabled", "Disabled"), "app/");
    assertThat(verdict.fits()).isFalse();
    assertThat(verdict.findings())
        .extracting(LifecycleFinding::kind)
        .containsExactly(Kind.RETIRED_RULE_MISSING, Kind.UPLOADS_RULE_MISSING);
    assertThat(verdict.findings().get(0).message())
        .contains("rule 'sidewal-retired' would, but it is switched off");
  }

  @Test
  void withoutAStatusARuleIsTakenForEnabled() {
    assertThat(
            check(GOOD + "<Rule><Expiration><Days>1</Days></Expiration></Rule>", "app/").dangers())
        .singleElement()
        .satisfies(f -> assertThat(f.message()).startsWith("Rule without a name deletes live"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "<Prefix/> | app/ | true",
        "\"\" | app/ | true",
        "<Prefix>app/</Prefix> | app/ | true",
        "<Prefix>a</Prefix> | app/ | true",
        "\"\" | \"\" | true",
        "<Prefix>app/generations/</Prefix> | app/ | false",
        "<Prefix>app2/</Prefix> | app/ | false",
        "<Prefix>app/</Prefix> | \"\" | false",
        "<ObjectSizeGreaterThan>1</ObjectSizeGreaterThan> | app/ | false",
        "<Tag><Key>team</Key><Value>a</Value></Tag> | app/ | false",
        "<Moon>full</Moon> | app/ | false",
      })
  void theRetiredRuleHasToBeAboutTheWholeReplica(String more, String prefix, boolean serves) {
    String rule =
        rule(
            "<Filter><And>"
                + more
                + "<Tag><Key>sidewal</Key><Value>retired</Value></Tag></And></Filter>",
            "<Expiration><Days>3</Days></Expiration>");
    LifecycleVerdict verdict = check(rule, prefix);
    assertThat(verdict.fits()).isEqualTo(serves);
    assertThat(verdict.findings().get(0).kind())
        .isEqualTo(serves ? Kind.RETIRED_RULE : Kind.RETIRED_RULE_MISSING);
    assertThat(verdict.dangers()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<Tag><Key>sidewal</Key><Value>Retired</Value></Tag>",
        "<Tag><Key>Sidewal</Key><Value>retired</Value></Tag>",
      })
  void tagsAreComparedExactly(String tag) {
    assertThat(
            check(
                    rule("<Filter>" + tag + "</Filter>", "<Expiration><Days>1</Days></Expiration>"),
                    "app/")
                .fits())
        .isFalse();
  }

  @Test
  void anEmptyBucketLacksTheRules() {
    LifecycleVerdict verdict = check("", "app/");
    assertThat(verdict.fits()).isFalse();
    assertThat(verdict.dangers()).isEmpty();
    assertThat(verdict.findings())
        .extracting(f -> f.severity() + " " + f.kind())
        .containsExactly("ERROR RETIRED_RULE_MISSING", "WARNING UPLOADS_RULE_MISSING");
  }

  @Test
  void aVersionedBucketWantsARuleForNoncurrentVersions() {
    LifecycleVerdict missing = LifecycleVerdict.check(rules(GOOD), "app/", BucketVersioning.ON);
    assertThat(missing.fits()).isTrue();
    assertThat(missing.findings())
        .extracting(f -> f.severity() + " " + f.kind())
        .containsExactly("OK RETIRED_RULE", "OK UPLOADS_RULE", "WARNING NONCURRENT_RULE_MISSING");
    String rule =
        rule(
            "<Filter><Prefix/></Filter>",
            "<NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays>"
                + "</NoncurrentVersionExpiration>");
    assertThat(LifecycleVerdict.check(rules(GOOD + rule), "app/", BucketVersioning.ON).findings())
        .extracting(f -> f.severity() + " " + f.kind())
        .containsExactly("OK RETIRED_RULE", "OK UPLOADS_RULE", "OK NONCURRENT_RULE");
    assertThat(LifecycleVerdict.check(rules(GOOD), "app/", BucketVersioning.UNKNOWN).findings())
        .extracting(f -> f.severity() + " " + f.kind())
        .containsExactly("OK RETIRED_RULE", "OK UPLOADS_RULE", "NOTE VERSIONING_UNKNOWN");
  }
}
