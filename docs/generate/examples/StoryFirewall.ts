import { StoryFirewall } from "../../../components/index.ts";

const firewall = new StoryFirewall("api-firewall", {
    project: "shop",
    environment: "prod",
    scope: "REGIONAL",
    rateLimit: 500,
});

export const arn = firewall.arn;
