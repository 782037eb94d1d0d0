import { expect } from "chai";
import { AGENT_IDS, type AgentId } from "../../../../../docker/story-generator/pipeline/events.ts";
import type { Session } from "../../../../../docker/story-generator/pipeline/session.ts";
import { storyBefore } from "../../../../../local/runtime/dev/replay.ts";

const chapter = { chapter_number: 1, title: "One", lines: [] } as unknown as NonNullable<Session["chapters"]>[number];

/** A story that has come to its end, or through some stages only. */
function story(stages: readonly AgentId[] = AGENT_IDS): Session {
    return {
        session_id: "a-story",
        user_id: "somebody",
        created_at: "2026-01-01T00:00:00Z",
        updated_at: "2026-01-01T00:00:00Z",
        status: "completed",
        request: { topic: "A fox in the rain" } as Session["request"],
        stages: stages.map((agent_id) => ({ agent_id, execution_time_ms: 1, warnings: [] })),
        research: { themes: [], facts: [], sources: [] },
        plan: { title: "Fox", characters: [], chapters: [] },
        chapters: [chapter],
        voices: {},
        narration: { pieces: 1, speakers: [], estimated_seconds: 1, pauses: { line: 1, chapter: 1 } },
        illustrations: [{ chapter_number: 1, key: "one" }],
    };
}

const results = ["research", "plan", "chapters", "voices", "narration", "illustrations"] as const;
const leftOf = (session: Session) => results.filter((name) => session[name] !== undefined);

describe("A story that is made again from a stage", () => {
    const kept: Partial<Record<AgentId, readonly string[]>> = {
        research: [],
        planning: ["research"],
        writer: ["research", "plan"],
        editor: ["research", "plan", "chapters"],
        audio: ["research", "plan", "chapters", "voices"],
        system_end: ["research", "plan", "chapters", "voices", "narration"],
    };
    for (const [from, names] of Object.entries(kept) as [AgentId, readonly string[]][]) {
        it(`keeps what the stages before ${from} made, and nothing later`, () => {
            const whole = story();
            const again = storyBefore(from, whole);
            expect(again.status).to.equal("running");
            expect(leftOf(again)).to.deep.equal(names);
            expect(again.stages.map(({ agent_id }) => agent_id)).to.deep.equal(
                AGENT_IDS.slice(0, AGENT_IDS.indexOf(from)),
            );
            expect(whole).to.deep.equal(story());
        });
    }

    it("has to have come to the stage", () => {
        expect(() => storyBefore("audio", story(["system_start", "research", "planning"]))).to.throw(
            "The story has not come to audio yet: writer, editor, voice is not done.",
        );
    });
});
