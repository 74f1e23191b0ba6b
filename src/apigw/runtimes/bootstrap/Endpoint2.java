package apigw;

import java.net.URI;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;
import software.amazon.awssdk.http.SdkHttpRequest;

/** Directs version 2 of AWS's SDK to the endpoints in AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_…, which its releases from 2.28 on use by themselves. */
public final class Endpoint2 implements ExecutionInterceptor {
    /** Releases that find endpoints by rules do so after modifyHttpRequest, unless a client has its own endpoint. */
    @Override
    @SuppressWarnings("unchecked")
    public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
        URI endpoint = endpoint(attributes);
        if (endpoint == null || Boolean.TRUE.equals(attributes.getAttribute((ExecutionAttribute<Boolean>) field("ENDPOINT_OVERRIDDEN")))) {
            return;
        }
        attributes.putAttribute((ExecutionAttribute<URI>) field("CLIENT_ENDPOINT"), endpoint);
        attributes.putAttribute((ExecutionAttribute<Boolean>) field("ENDPOINT_OVERRIDDEN"), true);
    }

    /** An attribute by its name; one without effect in a release that does not have it. */
    private static Object field(String name) {
        try {
            return SdkExecutionAttribute.class.getField(name).get(null);
        } catch (ReflectiveOperationException e) {
            return OTHER;
        }
    }

    private static final ExecutionAttribute<Object> OTHER = new ExecutionAttribute<>("apigw");

    @Override
    public SdkHttpRequest modifyHttpRequest(Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
        SdkHttpRequest request = context.httpRequest();
        URI endpoint = endpoint(attributes);
        if (endpoint == null || !request.host().endsWith(".amazonaws.com")) {
            return request;
        }
        String path = request.encodedPath();
        int bucket = request.host().indexOf(".s3.");
        if (bucket < 0) {
            bucket = request.host().indexOf(".s3-");
        }
        if (bucket > 0) { // a bucket in the name of the host
            path = "/" + request.host().substring(0, bucket) + path;
        }
        return request.toBuilder().protocol(endpoint.getScheme()).host(endpoint.getHost()).port(endpoint.getPort()).encodedPath(path).build();
    }

    private static URI endpoint(ExecutionAttributes attributes) {
        String name = attributes.getAttribute(SdkExecutionAttribute.SERVICE_NAME);
        String url = name == null ? null : System.getenv("AWS_ENDPOINT_URL_" + name.toUpperCase().replace(' ', '_'));
        if (url == null) {
            url = System.getenv("AWS_ENDPOINT_URL");
        }
        return url == null || url.isEmpty() ? null : URI.create(url);
    }
}
