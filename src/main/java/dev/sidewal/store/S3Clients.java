package dev.sidewal.store;

import dev.sidewal.error.StoreException;
import dev.sidewal.error.UsageException;
import java.util.List;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** Builds the SDK's client such that every S3-like store understands it; see docs/stores.md. */
final class S3Clients {

  private S3Clients() {}

  static S3Client open(
      ReplicaUrl.S3 url,
      AwsCredentialsProvider credentials,
      S3Settings settings,
      ExecutionInterceptor... interceptors) {
    S3ClientBuilder builder =
        S3Client.builder()
            .region(region(url))
            .forcePathStyle(url.pathStyle())
            .credentialsProvider(explained(credentials, url))
            .httpClient(
                new WatchedHttpClient(
                    UrlConnectionHttpClient.builder()
                        .connectionTimeout(settings.connectTimeout())
                        .socketTimeout(settings.readTimeout())
                        .build(),
                    settings.readTimeout()))
            // No aws-chunked bodies and no checksum trailers: many stores know neither. What was
            // received is checked by Content-MD5, which all of them know.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            // Where S3 insists on a checksum (tags, lifecycle rules), that is Content-MD5 as well.
            .addPlugin(LegacyMd5Plugin.create())
            // HttpURLConnection waits for "100 Continue" until the read timeout, and then fails,
            // when a store does not answer the Expect header.
            .serviceConfiguration(
                s3 -> s3.chunkedEncodingEnabled(false).expectContinueEnabled(false))
            .overrideConfiguration(
                client ->
                    client
                        .executionInterceptors(List.of(interceptors))
                        .apiCallAttemptTimeout(settings.attemptTimeout())
                        .retryStrategy(
                            AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(settings.attempts())
                                .build()));
    url.endpoint().ifPresent(builder::endpointOverride);
    return builder.build();
  }

  private static Region region(ReplicaUrl.S3 url) {
    if (url.region().isPresent()) {
      return Region.of(url.region().get());
    }
    if (url.endpoint().isPresent()) {
      try {
        // The chain without its last link, the EC2 metadata service: where that does not answer,
        // asking it takes seconds, and it could only name a region of AWS.
        return new AwsRegionProviderChain(
                new SystemSettingsRegionProvider(), new AwsProfileRegionProvider())
            .getRegion();
      } catch (SdkClientException e) {
        return Region.US_EAST_1; // What stores other than AWS expect when nothing is said.
      }
    }
    try {
      return DefaultAwsRegionProviderChain.builder().build().getRegion();
    } catch (SdkClientException e) {
      throw new UsageException(
          "No AWS region is known for "
              + url
              + ": add ?region=NAME to the URL, or set AWS_REGION or a region in the profile.",
          e);
    }
  }

  /** Makes "no credentials" recognisable, which the SDK reports as one failure among many. */
  private static AwsCredentialsProvider explained(
      AwsCredentialsProvider credentials, ReplicaUrl.S3 url) {
    return () -> {
      try {
        return credentials.resolveCredentials();
      } catch (SdkClientException e) {
        throw new StoreException(
            "No credentials were found for "
                + url
                + ": set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile by"
                + " AWS_PROFILE, or give the machine, pod or task a role.",
            false,
            e);
      }
    };
  }
}
