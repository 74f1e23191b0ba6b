import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.jayway.jsonpath.*;
import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import net.minidev.json.parser.JSONParser;
import org.apache.commons.codec.binary.Base64;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.event.*;
import org.apache.velocity.context.Context;
import org.apache.velocity.runtime.*;
import org.apache.velocity.runtime.log.NullLogChute;
import org.apache.velocity.util.introspection.Info;

/**
 * Renders mapping templates as API Gateway's responses show that it does: Velocity 1.7 with an $input and a $util made from
 * json-path, json-smart, Jackson, commons-lang and commons-codec. Reads JSON lines {"template", "body"}; the rest of the request is
 * always the same. Writes JSON lines {"status", "printed", "error"}: the status is value or error.
 */
public class TemplateOracle {
  static final ObjectMapper JSON = new ObjectMapper();
  static final RuntimeInstance ENGINE = engine();

  public static void main(String[] args) throws Exception {
    PathOracle.serve((question, answer) -> ask(question.path("template").asText(), question.path("body").asText(), answer));
  }

  static void ask(String template, String body, ObjectNode answer) {
    try {
      StringWriter text = new StringWriter();
      RuntimeInstance engine = template.contains("macro") ? engine() : ENGINE; // the names of macros last as long as an engine
      engine.evaluate(context(body), text, "T", template);
      answer.put("status", "value");
      answer.put("printed", PathOracle.encoded(text.toString()));
    } catch (Throwable t) {
      answer.put("status", "error");
      answer.put("error", String.valueOf(t));
    }
  }

  static RuntimeInstance engine() {
    RuntimeInstance engine = new RuntimeInstance();
    engine.setProperty(RuntimeConstants.RUNTIME_LOG_LOGSYSTEM, new NullLogChute());
    engine.setProperty(RuntimeConstants.VM_PERM_ALLOW_INLINE, "false");
    engine.setProperty(RuntimeConstants.MAX_NUMBER_LOOPS, "1000");
    engine.init();
    engine.removeDirective("evaluate");
    return engine;
  }

  static VelocityContext context(String body) {
    VelocityContext context = new VelocityContext();
    context.put("input", new Input(body));
    context.put("util", new Util());
    context.put("stageVariables", map("table", "games", "url", "example.com/a b"));
    EventCartridge events = new EventCartridge();
    events.addInvalidReferenceEventHandler(new InvalidReferenceEventHandler() {
      public Object invalidGetMethod(Context c, String reference, Object object, String property, Info where) { return ""; }
      public Object invalidMethod(Context c, String reference, Object object, String method, Info where) { return ""; }
      public boolean invalidSetMethod(Context c, String left, String right, Info where) { return false; }
    });
    events.attachToContext(context);
    return context;
  }

  static Map<String, Object> map(Object... pairs) {
    Map<String, Object> m = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) m.put((String) pairs[i], pairs[i + 1]);
    return m;
  }

  /** JSON if it looks like JSON, else a string; an empty body is an empty object. */
  static Object document(String text) throws Exception {
    String t = text.replaceFirst("^[ \t\r\n]+", "");
    if (t.isEmpty()) return new LinkedHashMap<String, Object>();
    if ("{[\"".indexOf(t.charAt(0)) < 0) return text;
    return Configuration.defaultConfiguration().jsonProvider().parse(t);
  }

  public static class Input {
    private final String body;
    private Object document;
    private final Map<String, Object> params = all();

    Input(String body) { this.body = body; }

    public String getBody() { return body.isEmpty() ? "{}" : body; }

    public Object path(String path) throws Exception {
      if (document == null) document = document(body);
      if (path.equals("$")) return document;
      try {
        return JsonPath.compile(path).read(document, Configuration.defaultConfiguration());
      } catch (PathNotFoundException e) {
        return null;
      }
    }

    public String json(String path) throws Exception {
      if (document == null) document = document(body);
      try {
        return JSON.writeValueAsString(path.equals("$") ? document : JsonPath.compile(path).read(document, Configuration.defaultConfiguration()));
      } catch (PathNotFoundException e) {
        return "\"\"";
      }
    }

    /** One map for all calls, as a template that changes it sees. */
    public Map<String, Object> params() { return params; }

    private static Map<String, Object> all() {
      return map("path", map("id", "g-1"), "querystring", map("q", "a b&c", "page", "2"), "header", map("Content-Type", "application/json", "Host", "example.com",
        "X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793", "X-Forwarded-For", "192.0.2.1", "X-Forwarded-Port", "80", "X-Forwarded-Proto", "http", "X-Token", "t'1\"/"));
    }

    public Object params(String name) {
      for (Object m : all().values())
        if (((Map<?, ?>) m).containsKey(name)) return ((Map<?, ?>) m).get(name);
      return null;
    }

    @Override public String toString() { return ""; }
  }

  public static class Util {
    public Object parseJson(Object o) throws Exception {
      if (o instanceof Map || o instanceof List) return o;
      return text(o).trim().isEmpty() ? null : document(text(o));
    }

    public String escapeJavaScript(Object o) { return StringEscapeUtils.escapeJavaScript(text(o)); }
    public String urlEncode(Object o) throws Exception { return URLEncoder.encode(text(o), "UTF-8"); }
    public String urlDecode(Object o) throws Exception { return URLDecoder.decode(text(o), "UTF-8"); }
    public String base64Encode(Object o) throws Exception { return new String(Base64.encodeBase64(text(o).getBytes("UTF-8")), "US-ASCII"); }
    public String base64Decode(Object o) throws Exception { return new String(Base64.decodeBase64(text(o)), "UTF-8"); }

    private static String text(Object o) { return o == null ? "" : o.toString(); }

    @Override public String toString() { return ""; }
  }
}
