/**
 * Spares Pulumi's SDK what takes a third of the time of a program that changes nothing: modules that it needs only to
 * serialise functions (@pulumi/pulumi/runtime/closure), which no program of Story-42 does, and a stack trace for each of its
 * promises, which it prints only if `PULUMI_DEBUG_PROMISE_LEAKS` is set.
 */
const { createRequire } = require("node:module");

const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));

/** The path of a module, unless the SDK's version has none of that name. */
function pathOf(request) {
    try {
        return sdk.resolve(request);
    } catch {
        return undefined;
    }
}

/** Loads a module of the SDK when it is first used, and not when it is required. */
function defer(request, adapt = (loaded) => loaded) {
    const path = pathOf(request);
    if (path === undefined) {
        return;
    }
    let loaded;
    const load = () => {
        if (!loaded) {
            delete require.cache[path];
            loaded = adapt(sdk(path));
        }
        return loaded;
    };
    const exports = new Proxy(
        {},
        {
            // What the compiled `import * as` asks for.
            get: (_, name) => (name === "__esModule" ? true : load()[name]),
            has: (_, name) => name in load(),
            ownKeys: () => Reflect.ownKeys(load()),
            getOwnPropertyDescriptor: (_, name) => ({ value: load()[name], enumerable: true, configurable: true }),
        },
    );
    require.cache[path] ??= { id: path, filename: path, loaded: true, children: [], exports };
}

function withoutTraces(debuggable) {
    const { debuggablePromise } = debuggable;
    debuggable.debuggablePromise = (...args) => {
        const { stackTraceLimit } = Error;
        Error.stackTraceLimit = 0;
        try {
            return debuggablePromise(...args);
        } finally {
            Error.stackTraceLimit = stackTraceLimit;
        }
    };
    return debuggable;
}

defer("@npmcli/arborist");
defer("./typescript-shim.js");
if (!process.env.PULUMI_DEBUG_PROMISE_LEAKS) {
    defer("./runtime/debuggable.js", withoutTraces);
}
