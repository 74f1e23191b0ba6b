import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.node.*;
import com.jayway.jsonpath.*;
import com.sun.management.OperatingSystemMXBean;
import java.io.*;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.math.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.function.BiConsumer;

/**
 * Queries json-path 2.4.0 on json-smart 2.3. Reads JSON lines {"document", "path"}; without a path only the document is read. Writes
 * JSON lines {"status", "value", "printed", "error"}: the status is value, not found, error or document; the value has the Java type
 * of each number; printed is what a template prints of it.
 */
public class PathOracle {
  static final ObjectMapper JSON = new ObjectMapper();
  static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();
  static final OperatingSystemMXBean PROCESS = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  public static void main(String[] args) throws Exception {
    serve((question, answer) -> {
      JsonNode path = question.get("path");
      ask(question.path("document").asText(), path == null ? null : path.textValue(), answer);
    });
  }

  /**
   * Reads questions, a line of JSON for each, and writes the answers that ask fills in. Ends after a question that never ends, since a
   * thread that is stopped anywhere may leave an unusable state for later questions; the caller starts the program again.
   */
  static void serve(BiConsumer<JsonNode, ObjectNode> ask) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 16);
    PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16), false, "UTF-8");
    String line;
    while ((line = in.readLine()) != null) {
      JsonNode question = JSON.readTree(line);
      ObjectNode answer = JSON.createObjectNode();
      boolean ended = within(() -> ask.accept(question, answer));
      out.println(ended ? ascii(JSON.writeValueAsString(answer)) : "{\"status\":\"endless\"}");
      if (!ended || !in.ready()) out.flush();
      if (!ended) Runtime.getRuntime().halt(0);
    }
    out.flush();
  }

  static void ask(String document, String path, ObjectNode answer) {
    Configuration defaults = Configuration.defaultConfiguration();
    Object parsed;
    try {
      parsed = defaults.jsonProvider().parse(document);
    } catch (Throwable t) {
      answer.put("status", "document");
      answer.put("error", String.valueOf(t));
      return;
    }
    if (path == null) {
      value(answer, parsed);
      return;
    }
    try {
      value(answer, JsonPath.compile(path).read(parsed, defaults));
    } catch (PathNotFoundException t) {
      answer.put("status", "not found");
      answer.put("error", String.valueOf(t));
    } catch (Throwable t) {
      answer.put("status", "error");
      answer.put("error", String.valueOf(t));
    }
  }

  static void value(ObjectNode answer, Object v) {
    StringBuilder b = new StringBuilder();
    typed(b, v);
    answer.put("status", "value");
    answer.put("value", b.toString());
    answer.put("printed", encoded(String.valueOf(v)));
  }

  /** JSON in which a letter after each number gives its type: none for Integer, Double and Float (only NaN), L, B and D for the others. */
  static void typed(StringBuilder b, Object v) {
    if (v instanceof Long) b.append(v).append('L');
    else if (v instanceof BigInteger) b.append(v).append('B');
    else if (v instanceof BigDecimal) b.append(v).append('D');
    else if (v instanceof String) quoted(b, (String) v);
    else if (v instanceof Map) {
      b.append('{');
      String comma = "";
      for (Map.Entry<?, ?> e : ((Map<?, ?>) v).entrySet()) {
        b.append(comma);
        comma = ",";
        quoted(b, String.valueOf(e.getKey()));
        b.append(':');
        typed(b, e.getValue());
      }
      b.append('}');
    } else if (v instanceof Collection) {
      b.append('[');
      String comma = "";
      for (Object o : (Collection<?>) v) {
        b.append(comma);
        comma = ",";
        typed(b, o);
      }
      b.append(']');
    } else b.append(v);
  }

  static void quoted(StringBuilder b, String s) {
    b.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c == '"' || c == '\\') b.append('\\').append(c);
      else if (c < 32 || c > 126) b.append(String.format("\\u%04x", (int) c));
      else b.append(c);
    }
    b.append('"');
  }

  /** Text as it is sent: half of a surrogate pair becomes a question mark. */
  static String encoded(String s) {
    return new String(s.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  /**
   * Runs one question for at most two seconds of CPU time, or ten including garbage collection, and reports whether it ended. Rhino,
   * java.util.regex and json-path's parser can take forever.
   */
  static boolean within(Runnable question) throws InterruptedException {
    Thread t = new Thread(null, question, "question", 32L << 20);
    long all = PROCESS.getProcessCpuTime() + 10_000_000_000L;
    t.setDaemon(true);
    t.start();
    do {
      t.join(500);
      if (!t.isAlive()) return true;
    } while (CLOCK.getThreadCpuTime(t.getId()) < 2_000_000_000L && PROCESS.getProcessCpuTime() < all);
    return false;
  }

  static String ascii(String s) {
    StringBuilder b = new StringBuilder();
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c < 127) b.append(c);
      else b.append(String.format("\\u%04x", (int) c));
    }
    return b.toString();
  }
}
