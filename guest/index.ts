export { encodeFrame, FrameDecoder } from './frame.ts';
export { type GuestLaunch, guestLaunch } from './launch.ts';
export type { SandboxLimits } from './limits.ts';
