/** Secrets of the measured installation, as an operator would set them; its database is removed afterwards. */
export const secrets = {
  SEALING_KEYS: `bench:${Buffer.alloc(32, 7).toString('base64')}`,
  KEY_PEPPERS: `bench:${Buffer.alloc(32, 8).toString('base64')}`,
}
