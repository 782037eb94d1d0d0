import type { Case } from "../case.ts";

interface Patch {
    op: string;
    path: string;
    value?: string;
}

const METHOD = "/restapis/{api}/resources/{resource}/methods/{method}";

/**
 * `/requestModels/application~1json` means the key `application/json`, but MiniStack does not decode `~1`. It gets the whole
 * map in place of one key.
 */
export const patchesOfKeys: Case = {
    title: "A patch of a key that has a slash",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html",
    requests: [
        `apigateway:PATCH ${METHOD}`,
        `apigateway:PATCH ${METHOD}/*`,
        "apigateway:PATCH /restapis/{api}/gatewayresponses/{type}",
    ],
    async handle(request, next, emulator) {
        const patches: Patch[] = request.input.patchOperations ?? [];
        const isOfKey = ({ path }: Patch) => path.includes("~1") && path.split("/").length === 3;
        if (!patches.some(isOfKey)) {
            return next(request);
        }
        const { authorization = "" } = request.head.headers;
        const current = await emulator.getJson<Record<string, Record<string, string> | undefined>>(request.head.path, {
            authorization,
        });
        const maps = new Map<string, Record<string, string>>();
        for (const { op, path, value = "" } of patches.filter(isOfKey)) {
            const [, name = "", escaped = ""] = path.split("/");
            const key = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
            const { [key]: _, ...others } = maps.get(name) ?? current[name] ?? {};
            maps.set(name, op === "remove" ? others : { ...others, [key]: value });
        }
        const patchOperations = [
            ...patches.filter((patch) => !isOfKey(patch)),
            ...[...maps].map(([name, value]) => ({ op: "replace", path: `/${name}`, value })),
        ];
        return next(request.with({ ...request.input, patchOperations }));
    },
};
