/** Accepted one-time passwords: Cognito accepts each only once. */
import type { Emulator } from "./emulator.ts";
import { AwsError } from "./response.ts";

const COLLECTION = "software-token-codes";

/** @throws {AwsError} when the code is the user's last accepted one */
export function refuseUsed(emulator: Emulator, user: string, code: string): void {
    if (emulator.store.get(COLLECTION, user) === code) {
        throw new AwsError("ExpiredCodeException", "Your software token has already been used once.");
    }
}

export function rememberUsed(emulator: Emulator, user: string, code: string): void {
    emulator.store.set(COLLECTION, user, code);
}
