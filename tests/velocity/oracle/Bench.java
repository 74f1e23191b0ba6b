import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.velocity.Template;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.event.EventCartridge;
import org.apache.velocity.app.event.InvalidReferenceEventHandler;
import org.apache.velocity.context.Context;
import org.apache.velocity.runtime.RuntimeConstants;
import org.apache.velocity.runtime.RuntimeInstance;
import org.apache.velocity.runtime.log.NullLogChute;
import org.apache.velocity.util.introspection.Info;

/**
 * Measures how many templates Apache Velocity 1.7 renders per second. Each line of standard input is one job,
 * {"apiGateway", "template", "context", "threads", "warmup", "time"} with times in seconds; the result of each is one line,
 * {"output", "rate", "jvm"}. The template is parsed once; every rendering has its own variables and produces a string.
 */
public final class Bench {
    private final Template template;
    private final Map<String, Object> variables;
    private final boolean apiGateway;

    private Bench(Map<String, Object> job) throws Exception {
        apiGateway = (Boolean) job.get("apiGateway");
        variables = asMap(job.get("context"));
        RuntimeInstance engine = new RuntimeInstance();
        engine.setProperty(RuntimeConstants.RUNTIME_LOG_LOGSYSTEM, new NullLogChute());
        engine.init();
        template = new Template();
        template.setRuntimeServices(engine);
        template.setName("T");
        template.setData(engine.parse(new StringReader((String) job.get("template")), "T"));
        template.initDocument();
    }

    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        Map<String, Bench> benches = new HashMap<>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Map<String, Object> job = asMap(json.readValue(line, LinkedHashMap.class));
            String template = (String) job.get("template");
            Bench bench = benches.get(template);
            if (bench == null) {
                bench = new Bench(job);
                benches.put(template, bench);
            }
            int threads = (Integer) job.get("threads");
            bench.rate(threads, ((Number) job.get("warmup")).doubleValue());
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("output", bench.render());
            answer.put("jvm", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
            answer.put("rate", bench.rate(threads, ((Number) job.get("time")).doubleValue()));
            out.println(json.writeValueAsString(answer));
        }
    }

    private String render() {
        VelocityContext context = new VelocityContext();
        for (Map.Entry<String, Object> variable : variables.entrySet()) {
            context.put(variable.getKey(), variable.getValue());
        }
        if (apiGateway) {
            EventCartridge events = new EventCartridge();
            events.addInvalidReferenceEventHandler(NULL_IS_EMPTY);
            events.attachToContext(context);
        }
        StringWriter text = new StringWriter();
        template.merge(context, text);
        return text.toString();
    }

    /** Renders on the given number of threads for the given number of seconds, and returns their total renderings per second. */
    private double rate(int threads, double seconds) throws InterruptedException {
        long[] counts = new long[threads];
        long[] nanos = new long[threads];
        List<Thread> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int self = i;
            Thread thread = new Thread(() -> {
                long start = System.nanoTime();
                long count = 0;
                long elapsed = 0;
                long characters = 0;
                while (elapsed < seconds * 1e9) {
                    characters += render().length();
                    count++;
                    elapsed = System.nanoTime() - start;
                }
                counts[self] = characters < 0 ? 0 : count; // characters keep the rendering from being optimised away
                nanos[self] = elapsed;
            });
            thread.start();
            running.add(thread);
        }
        double rate = 0;
        for (int i = 0; i < threads; i++) {
            running.get(i).join();
            rate += counts[i] / (nanos[i] / 1e9);
        }
        return rate;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(Object json) {
        return (Map<String, Object>) json;
    }

    /** Makes Velocity treat a null reference as the empty string, as API Gateway does. */
    private static final InvalidReferenceEventHandler NULL_IS_EMPTY = new InvalidReferenceEventHandler() {
        @Override
        public Object invalidGetMethod(Context c, String reference, Object object, String property, Info where) {
            return "";
        }

        @Override
        public Object invalidMethod(Context c, String reference, Object object, String method, Info where) {
            return "";
        }

        @Override
        public boolean invalidSetMethod(Context c, String left, String right, Info where) {
            return false;
        }
    };
}
