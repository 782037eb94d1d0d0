import { agentService, api, image, lambdas } from "./compute.ts";
import { auth, data, encryptionKey, guardrail, logBucket, network } from "./foundation.ts";
import { firewall, monitoring, site } from "./front.ts";

/** Every component that programs in other languages can make, by the name of its class. */
export const components = {
    StoryAgentService: agentService,
    StoryApi: api,
    StoryAuth: auth,
    StoryData: data,
    StoryEncryptionKey: encryptionKey,
    StoryFirewall: firewall,
    StoryGuardrail: guardrail,
    StoryImage: image,
    StoryLambdas: lambdas,
    StoryLogBucket: logBucket,
    StoryMonitoring: monitoring,
    StoryNetwork: network,
    StorySite: site,
};
