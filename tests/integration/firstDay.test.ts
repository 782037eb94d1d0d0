/** The first day of a stack, by its public address in Chromium: from an empty account to a narrated story, and to the end. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
    BudgetsClient,
    DescribeBudgetsCommand,
    DescribeNotificationsForBudgetCommand,
    DescribeSubscribersForNotificationCommand,
} from "@aws-sdk/client-budgets";
import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { ACCOUNT } from "../../standins/gateway/account.ts";
import type { Mail } from "../../standins/gateway/mails.ts";
import { oneTimePassword } from "../../standins/oneTimePassword.ts";
import type { RecordedRequest } from "../../standins/upstreams/control.ts";
import { until } from "../kit/agent/scene.ts";
import { embeddedMetrics, stateOf } from "../kit/cloudWatch.ts";
import { openBrowser, Visit } from "../kit/deployed/browser.ts";
import { Stage } from "../kit/deployed/stage.ts";
import { CloudCopy } from "../kit/local/cloudCopy.ts";
import { inSteps } from "../kit/steps.ts";

const ADMIN = "admin@example.com";
const PASSWORD = "Of-the-first-day-1";
const NEW_KEY = "another-speech-key";

for (const [kind, settings] of [
    ["development", {}],
    ["production", { production: true, mfa: "required" }],
] as const) {
    describe(`The first day of a ${kind} stack`, function () {
        this.timeout(900_000);
        inSteps(this);
        let cloud: CloudCopy;
        let stage: Stage;
        let browser: Browser;
        let visit: Visit;
        let page: Page;
        let key: string;
        const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
        const inside = () => page.getByRole("heading", { name: "What should the story be about?" }).waitFor();
        const isProduction = "production" in settings;

        /** Adds settings to the stack's file, as a person does. */
        function set(more: object): void {
            const file = join(cloud.folder, "Pulumi.local.yaml");
            const lines = Object.entries(more).map(([name, value]) => `  story-42:${name}: "${value}"\n`);
            writeFileSync(file, `${readFileSync(file, "utf8").trimEnd()}\n${lines.join("")}`);
        }
        async function run(...args: string[]): Promise<string> {
            const { code, text } = await cloud.run(...args);
            expect(code, text).to.equal(0);
            return text;
        }
        async function enter(password: string): Promise<void> {
            await page.getByLabel("Email").fill(ADMIN);
            await page.getByLabel("Password", { exact: true }).fill(password);
            await press("Sign in");
        }
        async function makeStory(topic: string): Promise<void> {
            await page.getByRole("link", { name: "New story" }).click();
            await page.getByLabel("Topic").fill(topic);
            await press("Make the story");
        }
        /** The alarms that what the service has logged so far sets off. */
        async function alarmsGone(): Promise<MetricAlarm[]> {
            const { MetricAlarms = [] } = await stage.client(CloudWatchClient).send(new DescribeAlarmsCommand({}));
            const logged = embeddedMetrics(readFileSync(join(cloud.stateDir, "logs/story-generator.log"), "utf8"));
            return MetricAlarms.filter(
                ({ Namespace, MetricName, Dimensions, Statistic, ...it }) =>
                    Namespace === "Story42" &&
                    stateOf(
                        {
                            namespace: Namespace,
                            metricName: MetricName,
                            dimensions: Object.fromEntries((Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
                            statistic: Statistic,
                            evaluationPeriods: it.EvaluationPeriods,
                            threshold: it.Threshold,
                            comparisonOperator: it.ComparisonOperator,
                            treatMissingData: it.TreatMissingData,
                        },
                        logged,
                    ) === "ALARM",
            );
        }

        before(async () => {
            cloud = await CloudCopy.make();
            set(settings);
            stage = await Stage.up(cloud, "--no-images");
            browser = await openBrowser();
            visit = await Visit.open(browser, stage.url);
            page = visit.page;
        });
        after(async () => {
            await browser?.close();
            await cloud?.remove();
        });

        it("lets doctor look, which finds nothing to do", async () => {
            expect(await run("story42", "doctor")).to.match(/^ok +text models/m);
        });

        it("leads the administrator from the invitation to the site", async () => {
            const mails = (await (await fetch(`${cloud.local().emulator}/_gateway/mails`)).json()) as Mail[];
            const [, temporary = ""] =
                /temporary password is (.+)\.$/.exec(mails.find(({ to }) => to === ADMIN)?.text ?? "") ?? [];
            await enter(temporary);
            await page.getByRole("heading", { name: "Choose your password" }).waitFor();
            await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
            await press("Continue");
            if (isProduction) {
                await page.getByRole("heading", { name: "Set up your authenticator" }).waitFor();
                key = ((await page.locator("code").textContent()) ?? "").replaceAll(" ", "");
                await page.getByLabel("Code from the app").fill(oneTimePassword(key));
                await press("Finish");
            }
            await inside();
        });

        it("tells a story with pictures, and tells it aloud", async () => {
            await makeStory("A lighthouse on its first day");
            await page.getByRole("heading", { level: 1, name: /lighthouse/i }).waitFor();
            await page.locator(".chapter img").nth(2).waitFor();
            expect(await page.locator(".chapter img").count()).to.equal(3);
            await press("Narrate this story");
            await page.getByRole("button", { name: "Play the narration" }).waitFor();
            expect(await alarmsGone()).to.deep.equal([]);
        });

        it("updates one function and nothing else, and the story is still there", async () => {
            const before = cloud.local().outputs.image_refs;
            const source = join(cloud.folder, "docker/story-text-regen/index.ts");
            writeFileSync(source, `${readFileSync(source, "utf8")}\n// Changed on the first day.\n`);
            await run("up", "--no-images");
            const { text, ...others } = cloud.local().outputs.image_refs;
            expect(text).to.not.equal(before.text);
            expect({ ...others, text: before.text }).to.deep.equal(before);
            await page.reload();
            await page.getByRole("heading", { level: 1, name: /lighthouse/i }).waitFor();
        });

        it("takes a new key by a deployment, by which the tasks are others, in the middle of a story", async () => {
            // A model that thinks: the story takes longer than the deployment.
            await stage.fault({ upstream: "bedrock", kind: "stall", milliseconds: 5_000, times: 0 });
            await makeStory("A ferry that crosses while the harbour is built anew");
            await page.getByText("Research").first().waitFor();
            await run("pulumi", "config", "set", "--secret", "story-42:tech42TtsApiKey", NEW_KEY);
            await run("pulumi", "up", "--yes", "--skip-preview");
            await stage.heal();
            await page.getByRole("heading", { level: 1, name: /ferry/i }).waitFor();
            // Who is signed in stays so: the new task knows the same people.
            await page.reload();
            await page.getByRole("heading", { level: 1, name: /ferry/i }).waitFor();
            for (let keys: string[] = []; !keys.some((one) => one.includes(NEW_KEY)); ) {
                await makeStory("A lighthouse with another voice");
                await page.getByRole("heading", { level: 1, name: /lighthouse/i }).waitFor();
                await press("Narrate this story");
                await page.getByRole("button", { name: "Play the narration" }).waitFor();
                const asked = await fetch(`${stage.upstreams}/_control/requests?upstream=tts`);
                const { requests } = (await asked.json()) as { requests: RecordedRequest[] };
                keys = requests.map(({ headers }) => JSON.stringify(headers));
            }
        });

        it("stops for the night, and goes on where it was in the morning", async () => {
            await run("story42", "pause", "--yes");
            const answers = async () => (await fetch(`${stage.url}/health`)).ok;
            await until(async () => !(await answers()));
            await run("story42", "resume", "--yes");
            await until(answers);
            await page.getByRole("link", { name: "My stories" }).click();
            await page
                .getByRole("link", { name: /lighthouse/i })
                .first()
                .waitFor();
        });

        it("alarms who runs it when a model fails, by mail, with where it is written what to do", async () => {
            await stage.fault({ upstream: "bedrock", kind: "down", times: 0 });
            await makeStory("A clock that stands still");
            await page
                .getByRole("alert")
                .getByText(/What is finished is saved/)
                .waitFor();
            await stage.heal();
            const gone = await alarmsGone();
            expect(gone.map(({ AlarmName }) => AlarmName)).to.deep.equal(["story-42-runs-failed-local"]);
            expect(gone[0]?.AlarmDescription).to.contain("A story could not be written");
            const { Subscriptions = [] } = await stage
                .client(SNSClient)
                .send(new ListSubscriptionsByTopicCommand({ TopicArn: gone[0]?.AlarmActions?.[0] }));
            expect(Subscriptions.map(({ Protocol, Endpoint }) => [Protocol, Endpoint])).to.deep.equal([
                ["email", ADMIN],
            ]);
        });

        it("warns the same person by mail of what it costs, before that is spent", async () => {
            const budgets = stage.client(BudgetsClient);
            const { Budgets = [] } = await budgets.send(new DescribeBudgetsCommand({ AccountId: ACCOUNT }));
            expect(Budgets.map(({ BudgetName }) => BudgetName)).to.have.length(2);
            for (const { BudgetName } of Budgets) {
                const of = { AccountId: ACCOUNT, BudgetName };
                const { Notifications = [] } = await budgets.send(new DescribeNotificationsForBudgetCommand(of));
                expect(Notifications.map((it) => [it.NotificationType, it.Threshold])).to.deep.include([
                    "FORECASTED",
                    100,
                ]);
                for (const Notification of Notifications) {
                    const { Subscribers } = await budgets.send(
                        new DescribeSubscribersForNotificationCommand({ ...of, Notification }),
                    );
                    expect(Subscribers).to.deep.equal([{ SubscriptionType: "EMAIL", Address: ADMIN }]);
                }
            }
        });

        if ("production" in settings) {
            it("leaves production as the guide says, and keeps its stories", async () => {
                await run("pulumi", "config", "set", "story-42:customerKey", "true");
                await run("pulumi", "config", "set", "story-42:production", "false");
                await run("pulumi", "up", "--yes");
                await page.getByRole("link", { name: "My stories" }).click();
                await page.getByRole("link", { name: /ferry/i }).click();
                await page.getByRole("heading", { level: 1, name: /ferry/i }).waitFor();
            });
        }

        it("ends with nothing left", async () => {
            await visit.close();
            await run("down");
            expect((await cloud.run("status")).code).to.equal(1);
        });
    });
}
