import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.node.*;
import com.github.fge.jackson.JsonLoader;
import com.github.fge.jsonschema.core.report.*;
import com.github.fge.jsonschema.main.*;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;

/**
 * Queries json-schema-validator 2.2.14. Reads JSON lines {"schema", "body"}, both texts. Writes JSON lines {"status", "printed",
 * "error"}: the status is valid, invalid, schema (which it refuses) or body (which is not JSON); printed is a HashSet of the messages.
 */
public class SchemaOracle {
  public static void main(String[] args) throws Exception {
    JsonSchemaFactory factory = JsonSchemaFactory.byDefault();
    PathOracle.serve((question, answer) -> {
      try {
        ask(factory, question.get("schema").textValue(), question.get("body").textValue(), answer);
      } catch (Throwable t) {
        answer.removeAll();
        answer.put("status", "schema");
        answer.put("error", String.valueOf(t));
      }
    });
  }

  static void ask(JsonSchemaFactory factory, String schema, String body, ObjectNode answer) throws Exception {
    JsonSchema compiled = factory.getJsonSchema(JsonLoader.fromString(schema));
    JsonNode instance;
    try {
      instance = JsonLoader.fromString(body);
    } catch (IOException e) {
      answer.put("status", "body");
      answer.put("error", String.valueOf(e));
      return;
    }
    ProcessingReport report = compiled.validate(instance);
    Set<String> messages = new HashSet<>();
    for (ProcessingMessage m : report)
      if (m.getLogLevel().compareTo(LogLevel.ERROR) >= 0) messages.add(m.getMessage());
    answer.put("status", report.isSuccess() ? "valid" : "invalid");
    answer.put("printed", PathOracle.encoded(messages.toString()));
  }
}
