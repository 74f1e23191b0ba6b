package apigw;

import com.amazonaws.Request;
import com.amazonaws.handlers.RequestHandler2;
import java.net.URI;

/** Directs version 1 of AWS's SDK to the endpoints in AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_…, which later versions use by themselves. */
public final class Endpoint1 extends RequestHandler2 {
    @Override
    public void beforeRequest(Request<?> request) {
        String host = request.getEndpoint().getHost();
        String name = request.getServiceName();
        name = name == null ? "" : name.replaceFirst("^(Amazon|AWS)", "").replaceFirst("v2$", "").toUpperCase();
        String url = System.getenv("AWS_ENDPOINT_URL_" + name);
        if (url == null) {
            url = System.getenv("AWS_ENDPOINT_URL");
        }
        if (url == null || url.isEmpty() || host == null || !host.endsWith(".amazonaws.com")) {
            return;
        }
        int bucket = host.indexOf(".s3.");
        if (bucket < 0) {
            bucket = host.indexOf(".s3-");
        }
        if (bucket > 0) { // a bucket in the name of the host
            String path = request.getResourcePath();
            request.setResourcePath(host.substring(0, bucket) + (path == null ? "" : (path.startsWith("/") ? "" : "/") + path));
        }
        request.setEndpoint(URI.create(url));
    }
}
