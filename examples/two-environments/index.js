// All of Story-42 twice in one account and region: the live environment, and one for trials.
import * as pulumi from "@pulumi/pulumi";
import { Story42 } from "@tech42/story-42";

const config = new pulumi.Config();
const shared = {
    region: new pulumi.Config("aws").require("region"),
    projectName: "stories",
    adminEmail: "admin@example.com",
    tech42TtsApiUrl: "https://tts.example.com",
    googleApiKey: config.requireSecret("googleApiKey"),
    tech42TtsApiKey: config.requireSecret("tech42TtsApiKey"),
    images: config.requireObject("images"),
    siteContent: "site",
};

const live = new Story42("live", { ...shared, environment: "live", vpcCidrBlock: "10.71.0.0/16" });
const trial = new Story42(
    "trial",
    {
        ...shared,
        environment: "trial",
        vpcCidrBlock: "10.72.0.0/16",
        ecsDesiredCount: 0,
        // One role writes the logs of all APIs of an account and region: the role of `live`, which must exist first.
        manageAccountLogging: false,
    },
    { dependsOn: live.api },
);

const outputsOf = ({ api, auth, data, site, network }) => ({
    siteUrl: site.url,
    siteBucket: site.bucket.bucket,
    apiEndpoint: api.endpoint,
    userPoolId: auth.userPool.id,
    tableName: data.table.name,
    vpcId: network.vpcId,
});
export const liveOutputs = outputsOf(live);
export const trialOutputs = outputsOf(trial);
