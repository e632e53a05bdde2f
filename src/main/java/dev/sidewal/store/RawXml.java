package dev.sidewal.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpRequest;

/**
 * Lets a request send, and an answer be read as, the very XML instead of what the SDK's model makes
 * of it: the model drops elements that it does not know.
 */
final class RawXml implements ExecutionInterceptor {

  private static final ExecutionAttribute<AtomicReference<byte[]>> RECEIVED =
      new ExecutionAttribute<>("SidewalReceivedXml");
  private static final ExecutionAttribute<byte[]> SENT = new ExecutionAttribute<>("SidewalSentXml");

  /** Returns what makes a request keep its answer's body. */
  static AwsRequestOverrideConfiguration receive(AtomicReference<byte[]> body) {
    return AwsRequestOverrideConfiguration.builder().putExecutionAttribute(RECEIVED, body).build();
  }

  /** Returns what makes a request send this body. */
  static AwsRequestOverrideConfiguration send(byte[] body) {
    return AwsRequestOverrideConfiguration.builder().putExecutionAttribute(SENT, body).build();
  }

  @Override
  public Optional<InputStream> modifyHttpResponseContent(
      Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
    Optional<AtomicReference<byte[]>> target =
        Optional.ofNullable(attributes.getAttribute(RECEIVED));
    if (target.isEmpty() || context.responseBody().isEmpty()) {
      return context.responseBody();
    }
    try (InputStream in = context.responseBody().get()) {
      byte[] bytes = in.readAllBytes();
      target.get().set(bytes);
      return Optional.of(new ByteArrayInputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<RequestBody> modifyHttpContent(
      Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
    Optional<byte[]> body = Optional.ofNullable(attributes.getAttribute(SENT));
    return body.isPresent() ? body.map(RequestBody::fromBytes) : context.requestBody();
  }

  @Override
  public SdkHttpRequest modifyHttpRequest(
      Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
    Optional<byte[]> body = Optional.ofNullable(attributes.getAttribute(SENT));
    return body.<SdkHttpRequest>map(
            bytes ->
                context.httpRequest().toBuilder()
                    .putHeader("Content-Length", Integer.toString(bytes.length))
                    .build())
        .orElse(context.httpRequest());
  }
}
