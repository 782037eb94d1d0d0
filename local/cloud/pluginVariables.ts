import { tmpdir } from "node:os";

/** Variables for the AWS plugin alone, where what it talks to is an emulator on this machine. */
export function pluginVariables(endpoint: string): Record<string, string> {
    const { hostname } = new URL(endpoint);
    if (hostname !== "127.0.0.1") {
        throw new Error(`${endpoint} is not on this machine; these settings are for an emulator alone`);
    }
    return {
        // The provider's own switch for replayed tests: it does not wait for AWS's slowness (30 s before it first looks at a
        // load balancer), and nothing else is different (terraform-provider-aws, internal/retry/state.go).
        VCR_MODE: "REPLAY_ONLY",
        VCR_PATH: tmpdir(),
        // S3 Control puts the account before the endpoint's host, where no name service knows it. Go asks a proxy for every
        // host but loopback's own.
        HTTP_PROXY: endpoint,
    };
}
