import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.event.EventCartridge;
import org.apache.velocity.app.event.InvalidReferenceEventHandler;
import org.apache.velocity.context.Context;
import org.apache.velocity.runtime.RuntimeConstants;
import org.apache.velocity.runtime.RuntimeInstance;
import org.apache.velocity.runtime.log.NullLogChute;
import org.apache.velocity.util.introspection.Info;

/**
 * Apache Velocity 1.7 as a filter, with which this project's own engine is compared.
 *
 * Standard input has one JSON object on each line: {"id", "template", "context"}. Standard output has one line for each, in
 * order: {"id", "output"}, or {"id", "error", "line", "column", "class"}. The line and column are those in Velocity's message,
 * 0 if it has none; the class is the exception's, or "Timeout". Reading stops at the end of the input, or after a
 * "Timeout".
 *
 *     java -cp ... Oracle.java apigateway|velocity [fresh]
 *
 * "velocity" is the unmodified engine. "apigateway" is the engine as Amazon API Gateway's responses show it: a null reference
 * evaluates to the empty string, inline macros are not permitted, there is no #evaluate, and a loop ends after 1,000
 * iterations. One engine serves all lines, except that a line that mentions macros gets its own engine, since macros
 * outlive their template; with "fresh" every line does.
 */
public final class Oracle {
    private static final String TEMPLATE = "T"; // what Velocity's messages call every template
    private static final int LOOP_LIMIT = 1000;
    private static final long TIMEOUT_SECONDS = 20;
    private static final long STACK_BYTES = 64L << 20;
    private static final Pattern POSITION = Pattern.compile(" at (?:T|\\*unset\\*)\\[line (\\d+), column (\\d+)\\]");

    private final boolean apiGateway;
    private final boolean fresh;
    private RuntimeInstance shared;

    private Oracle(boolean apiGateway, boolean fresh) {
        this.apiGateway = apiGateway;
        this.fresh = fresh;
    }

    public static void main(String[] args) throws Exception {
        boolean fresh = args.length == 2 && args[1].equals("fresh");
        boolean known = args.length >= 1 && (args[0].equals("apigateway") || args[0].equals("velocity"));
        if (!known || args.length > (fresh ? 2 : 1)) {
            System.err.println("usage: Oracle apigateway|velocity [fresh]");
            System.exit(2);
        }
        new Oracle(args[0].equals("apigateway"), fresh).serve();
    }

    private void serve() throws IOException {
        ObjectMapper json = new ObjectMapper();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
        ExecutorService worker = Executors.newSingleThreadExecutor(Oracle::deepDaemon);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.isBlank()) {
                continue;
            }
            Map<String, Object> request = asMap(json.readValue(line, LinkedHashMap.class));
            boolean own = fresh || line.contains("macro");
            Map<String, Object> answer;
            boolean ended = true;
            try {
                answer = worker.submit(() -> answer(request, own)).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                answer = failure("no end after " + TIMEOUT_SECONDS + " s", "Timeout");
                ended = false;
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
            }
            Map<String, Object> reply = new LinkedHashMap<>();
            reply.put("id", request.get("id"));
            reply.putAll(answer);
            // Through a string: half a surrogate pair becomes "?", as in everything that Velocity writes as UTF-8.
            out.write((json.writeValueAsString(reply) + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
            if (!ended) {
                Runtime.getRuntime().halt(0); // rather than let it continue; the caller starts the program again
            }
        }
    }

    /** A thread with a deep stack. */
    private static Thread deepDaemon(Runnable rendering) {
        Thread thread = new Thread(null, rendering, "render", STACK_BYTES);
        thread.setDaemon(true);
        return thread;
    }

    private Map<String, Object> answer(Map<String, Object> request, boolean own) {
        try {
            Map<String, Object> variables = asMap(request.getOrDefault("context", new LinkedHashMap<String, Object>()));
            StringWriter text = new StringWriter();
            engine(own).evaluate(context(variables, apiGateway), text, TEMPLATE, (String) request.get("template"));
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("output", text.toString());
            return answer;
        } catch (Exception | StackOverflowError | OutOfMemoryError e) {
            return failure(String.valueOf(e.getMessage()), e.getClass().getSimpleName());
        }
    }

    private static Map<String, Object> failure(String message, String kind) {
        Map<String, Object> answer = new LinkedHashMap<>();
        Matcher position = POSITION.matcher(message);
        int line = 0;
        int column = 0;
        while (position.find()) { // the last one: the template's own text may come before it
            line = Integer.parseInt(position.group(1));
            column = Integer.parseInt(position.group(2));
        }
        answer.put("error", message);
        answer.put("line", line);
        answer.put("column", column);
        answer.put("class", kind);
        return answer;
    }

    private RuntimeInstance engine(boolean own) {
        if (own) {
            return newEngine(apiGateway);
        }
        if (shared == null) {
            shared = newEngine(apiGateway);
        }
        return shared;
    }

    /** Velocity 1.7 with its log off, unmodified or set up as in API Gateway. */
    static RuntimeInstance newEngine(boolean apiGateway) {
        RuntimeInstance engine = new RuntimeInstance();
        engine.setProperty(RuntimeConstants.RUNTIME_LOG_LOGSYSTEM, new NullLogChute());
        if (apiGateway) {
            engine.setProperty(RuntimeConstants.VM_PERM_ALLOW_INLINE, "false");
            engine.setProperty(RuntimeConstants.MAX_NUMBER_LOOPS, String.valueOf(LOOP_LIMIT));
        }
        engine.init();
        if (apiGateway) {
            engine.removeDirective("evaluate");
        }
        return engine;
    }

    /** A context with these variables; for API Gateway, one in which null references are empty strings. */
    static VelocityContext context(Map<String, Object> variables, boolean apiGateway) {
        VelocityContext context = new VelocityContext();
        for (Map.Entry<String, Object> variable : variables.entrySet()) {
            context.put(variable.getKey(), variable.getValue());
        }
        if (apiGateway) {
            EventCartridge events = new EventCartridge();
            events.addInvalidReferenceEventHandler(new NullIsEmpty());
            events.attachToContext(context);
        }
        return context;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(Object json) {
        return (Map<String, Object>) json;
    }

    /** Replaces every reference that has no value with the empty string. */
    private static final class NullIsEmpty implements InvalidReferenceEventHandler {
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
    }
}
