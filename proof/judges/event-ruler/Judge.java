import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.MachineComplexityEvaluator;

/**
 * Asks AWS's matcher: reads {"rules": {name: pattern}, "events": [event]} a line, and writes a line for each
 * {"refused": {name: why}, "complexity": {name: number}, "matches": [[name]]}.
 */
public class Judge {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Not counted further. */
    private static final int MOST_COMPLEX = 1000;

    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
        }
    }

    private static ObjectNode answer(JsonNode asked) throws Exception {
        ObjectNode answer = JSON.createObjectNode();
        ObjectNode refused = answer.putObject("refused");
        ObjectNode complexity = answer.putObject("complexity");
        Machine machine = new Machine();
        for (Iterator<Map.Entry<String, JsonNode>> rules = asked.get("rules").fields(); rules.hasNext();) {
            Map.Entry<String, JsonNode> rule = rules.next();
            String pattern = JSON.writeValueAsString(rule.getValue());
            try {
                machine.addRule(rule.getKey(), pattern);
                Machine alone = new Machine();
                alone.addRule(rule.getKey(), pattern);
                complexity.put(
                    rule.getKey(),
                    alone.evaluateComplexity(new MachineComplexityEvaluator(MOST_COMPLEX)));
            } catch (Exception refusal) {
                refused.put(rule.getKey(), String.valueOf(refusal.getMessage()));
            }
        }
        ArrayNode matches = answer.putArray("matches");
        for (JsonNode event : asked.get("events")) {
            ArrayNode names = matches.addArray();
            machine.rulesForJSONEvent(JSON.writeValueAsString(event)).forEach(names::add);
        }
        return answer;
    }
}
