import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes beside each payload of payloads.tsv what Jackson says of it, "ok" if nothing. */
public class Record {
    public static void main(String[] args) throws Exception {
        ObjectMapper mapper = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
        Path file = Path.of("payloads.tsv");
        StringBuilder out = new StringBuilder();
        for (String line : Files.readString(file).split("\n")) {
            String payload = line.split("\t", 2)[0];
            String said = "ok";
            try {
                mapper.readTree(unescape(payload));
            } catch (Exception e) {
                said = e.getMessage();
            }
            out.append(payload).append('\t').append(escape(said.getBytes(StandardCharsets.UTF_8))).append('\n');
        }
        Files.writeString(file, out);
    }

    static byte[] unescape(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.write(c);
                continue;
            }
            switch (text.charAt(++i)) {
                case 'n' -> out.write('\n');
                case 'r' -> out.write('\r');
                case 't' -> out.write('\t');
                case 'x' -> {
                    out.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> out.write(text.charAt(i));
            }
        }
        return out.toByteArray();
    }

    static String escape(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) {
            int c = b & 0xff;
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> out.append(c < 32 || c > 126 ? String.format("\\x%02x", c) : String.valueOf((char) c));
            }
        }
        return out.toString();
    }
}
