import { StoryGuardrail } from "../../../components/index.ts";

const guardrail = new StoryGuardrail("guardrail", {
    project: "shop",
    environment: "prod",
    audience: "teenagers",
    deniedTopics: [{ name: "Betting", definition: "Bets for real money.", examples: ["Bet 5 USD on red."] }],
});

export const { guardrailId, version } = guardrail;
