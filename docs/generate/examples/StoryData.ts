import * as pulumi from "@pulumi/pulumi";
import { StoryData } from "../../../components/index.ts";

const config = new pulumi.Config();

const data = new StoryData("data", {
    project: "shop",
    environment: "dev",
    googleApiKey: config.requireSecret("googleApiKey"),
    ttsApiKey: config.requireSecret("ttsApiKey"),
    corsOrigins: ["https://shop.example.com"],
    transform: { sessionsTable: { ttl: { attributeName: "expires", enabled: true } } },
});

export const table = data.table.name;
