/** The activity texts of each agent, with the story's topic. */
import type { AgentId } from "./events.ts";

/** Activity lines per agent; the topic is shortened so that each fits on one line. */
export function themedActivities(topic: string): Record<AgentId, string[]> {
    const about = `“${topic.length > 60 ? `${topic.slice(0, 57).trimEnd()}...` : topic}”`;
    return {
        system_start: [`Opening a new book about ${about}`, "Gathering the agents around the table"],
        research: [`Reading up on ${about}`, "Following the trail of old tales", "Noting what the audience loves"],
        planning: [`Drawing the arc of ${about}`, "Placing the turning points", "Naming the chapters"],
        writer: [`Writing ${about}`, "Giving the characters their words", "Setting the scenes"],
        editor: ["Reading every line aloud", "Keeping the tone even", `Polishing ${about}`],
        voice: ["Listening for the right voices", "Casting the characters"],
        audio: ["Preparing the script for narration", "Timing the narration"],
        system_end: ["Painting the pictures", "Binding the book"],
    };
}
