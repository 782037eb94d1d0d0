/**
 * A language host for Node.js programs, for a Pulumi command line without one (the official download has it).
 * The engine starts it, reads its port from the first line, and asks it to run the program, which the SDK's own runner does.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as grpcTypes from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { installedVersion } from "../installedVersion.ts";

// biome-ignore lint/suspicious/noExplicitAny: the protocol's generated classes are untyped here
type Message = any;

/** The exit code of a program that has reported its error itself. */
const ERROR_REPORTED = 32;

const version = installedVersion("@pulumi/pulumi");

/** The SDK's own gRPC packages, since its messages are instances of their classes. */
const ofSdk = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"));
const grpc: typeof grpcTypes = ofSdk("@grpc/grpc-js");
const empty = ofSdk("google-protobuf/google/protobuf/empty_pb.js");
const programs = new Set<ChildProcess>();
let engine = process.argv.at(-1) ?? "";

function run(request: Message): Promise<unknown> {
    const info = request.getInfo();
    const folder = info?.getProgramDirectory() || request.getPwd();
    const entry = info?.getEntryPoint() || request.getProgram() || ".";
    const flags = {
        monitor: request.getMonitorAddress(),
        engine,
        organization: request.getOrganization(),
        project: request.getProject(),
        "root-directory": info?.getRootDirectory() || folder,
        stack: request.getStack(),
        pwd: request.getPwd() || folder,
        parallel: String(request.getParallel()),
    };
    const runner = sdkOf(folder, "cmd/run/index.js");
    const args = Object.entries(flags).flatMap(([name, value]) => (value ? [`--${name}`, value] : []));
    const config = Object.fromEntries(request.getConfigMap().entries());
    const { typescript = true, nodeargs = "" } = info?.getOptions()?.toJavaScript() ?? {};
    const child = spawn(
        // The Node on PATH, as with Pulumi's own host.
        "node",
        [
            ...nodeargs.split(" ").filter(Boolean),
            runner,
            ...args,
            ...(request.getDryrun() ? ["--dry-run"] : []),
            entry,
            ...request.getArgsList(),
        ],
        {
            cwd: request.getPwd() || folder,
            // Stdout of this process is only for the port; the program's output goes to stderr.
            stdio: ["ignore", process.stderr, process.stderr],
            env: {
                ...process.env,
                PULUMI_CONFIG: JSON.stringify(config),
                PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
                PULUMI_NODEJS_TYPESCRIPT: String(typescript),
            },
        },
    );
    programs.add(child);
    return new Promise((resolve) => {
        child.once("error", (error) => resolve(new proto.RunResponse().setError(error.message)));
        child.once("close", (code, signal) => {
            programs.delete(child);
            const failed = new proto.RunResponse();
            if (code === ERROR_REPORTED) {
                failed.setBail(true);
            } else if (code !== 0) {
                failed.setError(`the program ended with ${signal ?? `exit code ${code}`}`);
            }
            resolve(failed);
        });
    });
}

/** Does not install packages; fails when they are missing. */
function installDependencies(call: grpcTypes.ServerWritableStream<Message, Message>): void {
    const folder = call.request.getInfo().getProgramDirectory();
    try {
        sdkOf(folder, "package.json");
        call.end();
    } catch {
        call.destroy(new Error(`${folder} has no @pulumi/pulumi; run \`npm install\` there`));
    }
}

/** A file of the SDK that a program or plugin in a folder uses. */
function sdkOf(folder: string, file: string): string {
    return createRequire(join(folder, "package.json")).resolve(`@pulumi/pulumi/${file}`);
}

/** Runs a plugin that is written for Node.js; the engine reads its port from its output. */
function runPlugin(call: grpcTypes.ServerWritableStream<Message, Message>): void {
    const request = call.request;
    const folder = request.getInfo().getProgramDirectory();
    const runner = sdkOf(folder, "cmd/run-plugin/index.js");
    const child = spawn(process.execPath, [runner, folder, ...request.getArgsList()], {
        cwd: request.getPwd() || folder,
        stdio: ["ignore", "pipe", "pipe"],
        env: Object.fromEntries(request.getEnvList().map((pair: string) => splitOnce(pair, "="))),
    });
    programs.add(child);
    child.stdout.on("data", (data) => call.write(new proto.RunPluginResponse().setStdout(data)));
    child.stderr.on("data", (data) => call.write(new proto.RunPluginResponse().setStderr(data)));
    child.once("error", (error) => call.destroy(error));
    child.once("close", (code) => {
        programs.delete(child);
        call.write(new proto.RunPluginResponse().setExitcode(code ?? 1));
        call.end();
    });
    // The engine ends a plugin by ending the call.
    call.once("cancelled", () => child.kill("SIGTERM"));
}

function splitOnce(text: string, by: string): [string, string] {
    const at = text.indexOf(by);
    return [text.slice(0, at), text.slice(at + 1)];
}

function handshake(request: Message): Promise<unknown> {
    engine = request.getEngineAddress() || engine;
    return Promise.resolve(new proto.LanguageHandshakeResponse());
}

/** The methods of the protocol that this host implements; the others answer "not implemented". */
const handlers: Record<string, (request: Message) => Promise<unknown>> = {
    handshake,
    run,
    about: async () =>
        new proto.AboutResponse().setExecutable(process.execPath).setVersion(process.version.replace("v", "")),
    getPluginInfo: async () => new plugin.PluginInfo().setVersion(version),
    getRequiredPlugins: async () => new proto.GetRequiredPluginsResponse(),
    getRequiredPackages: async () => new proto.GetRequiredPackagesResponse(),
    getProgramDependencies: async () => new proto.GetProgramDependenciesResponse(),
    runtimeOptionsPrompts: async () => new proto.RuntimeOptionsResponse(),
    cancel: async () => {
        stopPrograms();
        return new empty.Empty();
    },
};

function stopPrograms(): void {
    for (const program of programs) {
        program.kill("SIGTERM");
    }
}

const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
const service = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
        name,
        (call: grpcTypes.ServerUnaryCall<Message, Message>, callback: grpcTypes.sendUnaryData<Message>) => {
            handler(call.request).then(
                (response) => callback(null, response),
                (error) => callback({ code: grpc.status.UNKNOWN, details: error.message }),
            );
        },
    ]),
);
server.addService(rpc.LanguageRuntimeService, { ...service, runPlugin, installDependencies });
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) {
        throw error;
    }
    console.log(port);
});

function stop(): never {
    stopPrograms();
    process.exit(0);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // The engine waits five seconds for a host that does not end on its interrupt.
    process.on(signal, stop);
}
// On a busy machine an engine may end without interrupting its host, which would stay: the pipe from it ends then.
process.stdin.on("end", stop).resume();
