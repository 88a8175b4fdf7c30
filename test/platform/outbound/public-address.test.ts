import { expect, test } from 'vitest'
import { isPublicAddress } from '../../../src/platform/outbound/public-address.ts'

const special = [
  // "this" network, loopback, private, shared, link-local
  '0.0.0.0 0.1.2.3 127.0.0.1 127.255.255.255 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1',
  '100.64.0.1 100.127.255.255 169.254.169.254 169.254.0.1',
  // protocol assignments, documentation, benchmarking, 6to4 relay, anycast sinks, multicast, reserved
  '192.0.0.1 192.0.0.192 192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 198.19.255.255 192.88.99.1',
  '192.31.196.1 192.52.193.1 192.175.48.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255',
  // IPv6: unspecified, loopback, mapped, compatible, translated
  ':: ::1 0:0:0:0:0:0:0:1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::FFFF:10.0.0.1 ::ffff:0.0.0.0',
  '::127.0.0.1 ::8.8.8.8 ::808:808 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8',
  // NAT64 around special addresses, and its local-use prefix
  '64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 64:ff9b:1::8.8.8.8',
  // 6to4, Teredo and ISATAP carry IPv4 addresses inside
  '2002:7f00:1::1 2002:a00:1:: 2002:808:808::1 2001::1 2001:0:a00:1::1',
  '2606:4700::5efe:7f00:1 2606:4700::200:5efe:a00:1',
  // link-local, site-local, unique-local, multicast, discard, segment routing
  'fe80::1 febf::1 fec0::1 fc00::1 fd00:ec2::254 ff02::1 100::1 100:0:0:1::1 5f00::1',
  // documentation, benchmarking, ORCHID, AS112, AMT, unassigned space
  '2001:db8::1 3fff::1 2001:2::1 2001:10::1 2001:20::1 2001:4:112::1 2001:3::1 4000::1 1::1 8000::1 e000::1',
  // a zone, and things that are not addresses
  '2606:4700::1%eth0 fe80::1%lo localhost 0x7f.1 017700000001 2130706433 127.1 08.8.8.8 8.8.8.8/32',
  '[2606:4700::1] 8.8.8.8:443 8.8.8.8\0',
].flatMap((line) => line.split(' '))

const ordinary = [
  '1.1.1.1 8.8.8.8 93.184.216.34 172.15.255.255 172.32.0.1 100.63.255.255 100.128.0.1',
  '2606:4700:4700::1111 2a00:1450:4001:81b::200e 2001:4860:4860::8888 2400:cb00::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8',
].flatMap((line) => line.split(' '))

test.each([...special, '', '8.8.8.8 '])(
  'API7 T44: %j is not a place a stranger may send us to',
  (address) => {
    expect(isPublicAddress(address)).toBe(false)
  },
)

test.each(ordinary)('%s is an ordinary public address', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})
