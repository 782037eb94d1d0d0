import { createHash, createHmac, getDiffieHellman, randomBytes } from "node:crypto";
import {
    type CognitoIdentityProviderClient,
    InitiateAuthCommand,
    RespondToAuthChallengeCommand,
    type RespondToAuthChallengeCommandOutput,
} from "@aws-sdk/client-cognito-identity-provider";

/** The 3072-bit group of RFC 3526, with the generator that Cognito's clients use. */
const N = BigInt(`0x${getDiffieHellman("modp15").getPrime("hex")}`);
const G = 2n;

/** Signs in with SRP, as Amplify and Cognito's own clients do, without sending the password. */
export async function signInBySrp(
    cognito: CognitoIdentityProviderClient,
    { UserPoolId, ClientId, user, password }: Record<"UserPoolId" | "ClientId" | "user" | "password", string>,
): Promise<RespondToAuthChallengeCommandOutput> {
    const a = BigInt(`0x${randomBytes(128).toString("hex")}`);
    const A = power(G, a);
    const { ChallengeParameters: challenge = {} } = await cognito.send(
        new InitiateAuthCommand({
            ClientId,
            AuthFlow: "USER_SRP_AUTH",
            AuthParameters: { USERNAME: user, SRP_A: A.toString(16) },
        }),
    );
    const { SALT = "", SECRET_BLOCK = "", SRP_B = "", USER_ID_FOR_SRP = "" } = challenge;
    const B = BigInt(`0x${SRP_B}`);
    const poolName = UserPoolId.split("_")[1] ?? "";
    const u = number(sha256(padded(A), padded(B)));
    const identity = sha256(Buffer.from(`${poolName}${USER_ID_FOR_SRP}:${password}`));
    const x = number(sha256(padded(BigInt(`0x${SALT}`)), identity));
    const k = number(sha256(padded(N), padded(G)));
    const base = (((B - k * power(G, x)) % N) + N) % N;
    const secret = power(base, a + u * x);
    const key = hmac(hmac(padded(u), padded(secret)), Buffer.from("Caldera Derived Key\x01")).subarray(0, 16);
    const [weekday, day, month, year, time] = new Date().toUTCString().replace(",", "").split(" ");
    const TIMESTAMP = `${weekday} ${month} ${Number(day)} ${time} UTC ${year}`;
    const signed = Buffer.concat([
        Buffer.from(poolName + USER_ID_FOR_SRP),
        Buffer.from(SECRET_BLOCK, "base64"),
        Buffer.from(TIMESTAMP),
    ]);
    return await cognito.send(
        new RespondToAuthChallengeCommand({
            ClientId,
            ChallengeName: "PASSWORD_VERIFIER",
            ChallengeResponses: {
                USERNAME: USER_ID_FOR_SRP,
                PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
                PASSWORD_CLAIM_SIGNATURE: hmac(key, signed).toString("base64"),
                TIMESTAMP,
            },
        }),
    );
}

function power(base: bigint, exponent: bigint): bigint {
    let [result, factor] = [1n, base % N];
    for (let left = exponent; left > 0n; left >>= 1n) {
        result = left & 1n ? (result * factor) % N : result;
        factor = (factor * factor) % N;
    }
    return result;
}

/** The bytes of a number, with a leading zero where they would read as a negative number. */
function padded(value: bigint): Buffer {
    const hex = value.toString(16);
    const even = hex.length % 2 ? `0${hex}` : hex;
    return Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, "hex");
}

function number(bytes: Buffer): bigint {
    return BigInt(`0x${bytes.toString("hex")}`);
}

function sha256(...parts: Buffer[]): Buffer {
    return createHash("sha256").update(Buffer.concat(parts)).digest();
}

function hmac(key: Buffer, message: Buffer): Buffer {
    return createHmac("sha256", key).update(message).digest();
}
