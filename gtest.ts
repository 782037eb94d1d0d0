import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import * as aws from "@pulumi/aws";
import { GatewayWorld } from "./tests/kit/gateway/world.ts";
import { StoryGuardrail } from "./components/index.ts";
import { pulumiCommand, providePlugins } from "./tests/kit/tools.ts";
import { pulumiHome } from "./local/lib/paths.ts";
import { dirname } from "node:path";
import { mkdtempSync } from "node:fs";
await providePlugins();
const cli = await pulumiCommand();
process.env.PATH = `${dirname(String(cli))}:${process.env.PATH}`;
const world = await GatewayWorld.open();
const dir = mkdtempSync("/tmp/gtest-");
let strength: any = "medium"; let words: string[] = [];
const program = async () => { const g = new StoryGuardrail("guardrail", { strength, blockedWords: words, profileArn: "arn:aws:bedrock:us-east-1:123456789012:guardrail-profile/us.guardrail.v1:0" }); return { id: g.guardrailId, version: g.version, uid: g.guardrail.id, vid: (g.nodes.version as any).id }; };
const env = { PULUMI_HOME: pulumiHome(), PULUMI_CONFIG_PASSPHRASE: "x", PULUMI_BACKEND_URL: `file://${dir}`, AWS_ENDPOINT_URL: world.url, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: "us-east-1" };
const stack = await LocalWorkspace.createOrSelectStack({ stackName: "dev", projectName: "shop", program }, { envVars: env });
for (const [k,v] of Object.entries({ "aws:region": "us-east-1", "aws:skipCredentialsValidation": "true", "aws:skipRequestingAccountId": "true", "aws:skipMetadataApiCheck":"true" })) await stack.setConfig(k, { value: v });
try {
  const up = async (what: string, o = {}) => { const r = await stack.up(o); console.log(what, r.summary.resourceChanges, JSON.stringify(r.outputs)); };
  await up("create");
  await up("again", { expectNoChanges: true });
  await stack.refresh(); await up("after refresh", { expectNoChanges: true });
  strength = "high"; words = ["Voldemort"]; await up("changed"); await up("again", { expectNoChanges: true });
  console.log(await (await fetch(`${world.url}/guardrails/${(await stack.outputs()).id.value}?guardrailVersion=2`, {headers:{authorization:"AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/bedrock/aws4_request"}})).text());
  await stack.destroy(); console.log("destroyed");
} catch (e) { console.log(String((e as Error).message).slice(0, 6000)); }
await world.close();
process.exit(0);
