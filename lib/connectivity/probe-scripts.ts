/**
 * What the steps of the SSM document run. The Linux steps are POSIX sh, because Systems Manager runs them with `sh`, which is
 * dash on Debian and Ubuntu. Each part begins with a line `== what`, and each step ends with `== end`, by which
 * `probe-output.ts` knows whose line a line is and whether the output is whole. Systems Manager lists only the first 2,500
 * characters of a step, so every part prints little.
 *
 * Parameters are put into the text before it runs; their patterns (`ping-document.ts`) leave no character that a shell would read.
 */

const SH_BEGIN = ['export LC_ALL=C', 'PATH=$PATH:/usr/sbin:/sbin', 'set -f', "target='{{ target }}'"];

/**
 * The way that the instance's own system takes, then the pings. BusyBox's ping takes no `-n`; the others do, and without it look
 * up the name of every address.
 */
export const PING_ON_LINUX = [
  ...SH_BEGIN,
  'case "$target" in *:*) family=-6 ;; *) family=-4 ;; esac',
  "echo '== route'",
  '{ ip "$family" -o route get "$target"; ip "$family" -o route show match "$target"; } 2>&1 | head -n 6',
  'lost=0',
  "if [ '{{ ping }}' = yes ]; then",
  "  echo '== ping'",
  '  if ping --help 2>&1 | grep -q BusyBox; then ping -c {{ count }} -W 2 "$target"; else ping -n -c {{ count }} -W 2 "$target"; fi 2>&1 || lost=1',
  'fi',
  "echo '== end'",
  'exit "$lost"',
];

/**
 * bash's /dev/tcp, because bash is on Amazon Linux, Debian, Ubuntu, RHEL and SUSE, and nc, curl or Python need not be. All ports at
 * once, each in four seconds: three tries of the kernel's. bash before 5.0 (Amazon Linux 2, RHEL 8) tells no time by itself, so `date` does.
 */
const ASK_PORT = [
  'ask() {',
  "  said=$(timeout 4 bash -c '",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's.
  'now() { if [ -n "$EPOCHREALTIME" ]; then at=${EPOCHREALTIME/./}; else at=$(($(date +%s%N) / 1000)); fi; }',
  'now; start=$at',
  'if { :; } 3<>"/dev/tcp/$1/$2"; then now; echo "connected in $((at - start)) us"; else now; echo "failed in $((at - start)) us"; exit 1; fi',
  '\' bash "$target" "$1" 2>&1)',
  '  echo tcp "$1" exit "$?" $said',
  '}',
];

/** Sizes are those of whole packets. Once one has come through, smaller ones would too. */
export const PROBE_ON_LINUX = [
  ...SH_BEGIN,
  "if [ '{{ sizes }}' != none ]; then",
  '  case "$target" in *:*) headers=48 ;; *) headers=28 ;; esac',
  '  for size in {{ sizes }}; do',
  '    echo "== size $size"',
  "    if ping --help 2>&1 | grep -q BusyBox; then echo 'ping: invalid option -- M (BusyBox)'; break; fi",
  '    ping -n -M do -c 1 -W 2 -s "$((size - headers))" "$target" 2>&1 && break',
  '  done',
  'fi',
  "if [ '{{ ports }}' != none ]; then",
  "  echo '== tcp'",
  ...ASK_PORT,
  '  for port in {{ ports }}; do ask "$port" & done',
  '  wait',
  'fi',
  "if [ '{{ names }}' != none ]; then",
  '  for name in {{ names }}; do',
  '    echo "== name $name"',
  '    said=$(timeout 5 getent ahostsv4 "$name" 2>&1)',
  '    code=$?',
  '    echo "$said" | head -n 6',
  '    echo "exit $code"',
  '  done',
  'fi',
  "echo '== end'",
];

const POWERSHELL_BEGIN = ["$target = '{{ target }}'", '$address = [Net.IPAddress]::Parse($target)'];

/** Windows' ping speaks the language of the system, so sizes and ports are asked by .NET, whose words are always the same. */
export const PING_ON_WINDOWS = [
  ...POWERSHELL_BEGIN,
  "'== route'",
  'try {',
  '  Find-NetRoute -RemoteIPAddress $target -ErrorAction Stop | ForEach-Object {',
  "    if ($_.DestinationPrefix) { 'route ' + $_.DestinationPrefix + ' via ' + $_.NextHop + ' dev ' + $_.InterfaceAlias }",
  "    else { 'source ' + $_.IPAddress + ' dev ' + $_.InterfaceAlias }",
  '  }',
  "} catch { 'unknown' }",
  '$code = 0',
  "if ('{{ ping }}' -eq 'yes') {",
  "  '== ping'",
  '  ping -n {{ count }} -w 2000 $target',
  '  $code = $LASTEXITCODE',
  '}',
  "'== end'",
  'exit $code',
];

export const PROBE_ON_WINDOWS = [
  ...POWERSHELL_BEGIN,
  "if ('{{ sizes }}' -ne 'none') {",
  '  $headers = 28',
  "  if ($address.AddressFamily -eq 'InterNetworkV6') { $headers = 48 }",
  "  foreach ($size in '{{ sizes }}'.Split(' ')) {",
  "    '== size ' + $size",
  '    try {',
  '      $options = New-Object Net.NetworkInformation.PingOptions(128, $true)',
  '      $data = New-Object byte[] ([int]$size - $headers)',
  '      $reply = (New-Object Net.NetworkInformation.Ping).Send($address, 2000, $data, $options)',
  "      'status ' + $reply.Status + ' from ' + $reply.Address + ' with ' + $reply.Buffer.Length + ' bytes'",
  "      if ($reply.Status -eq 'Success') { break }",
  "    } catch { 'status NotSent' }",
  '  }',
  '}',
  "if ('{{ ports }}' -ne 'none') {",
  "  '== tcp'",
  "  $asked = foreach ($port in '{{ ports }}'.Split(' ')) {",
  '    $client = New-Object Net.Sockets.TcpClient($address.AddressFamily)',
  '    $watch = [Diagnostics.Stopwatch]::StartNew()',
  '    $end = $null',
  "    $code = ''",
  '    try {',
  '      $wait = $client.BeginConnect($address, [int]$port, $null, $null)',
  '      if ($wait.AsyncWaitHandle.WaitOne(4000)) { $client.EndConnect($wait); $end = "connected" } else { $end = "timeout" }',
  '    } catch {',
  '      $end = "failed"',
  '      $code = $_.Exception.GetBaseException().SocketErrorCode',
  '    }',
  '    $us = [long]($watch.Elapsed.TotalMilliseconds * 1000)',
  '    $client.Close()',
  "    if ($end -eq 'timeout') { 'tcp ' + $port + ' exit 124' }",
  "    elseif ($end -eq 'connected') { 'tcp ' + $port + ' exit 0 connected in ' + $us + ' us' }",
  "    else { 'tcp ' + $port + ' exit 1 socket error ' + $code + ' failed in ' + $us + ' us' }",
  '  }',
  '  $asked',
  '}',
  "if ('{{ names }}' -ne 'none') {",
  "  foreach ($name in '{{ names }}'.Split(' ')) {",
  "    '== name ' + $name",
  '    try {',
  "      [Net.Dns]::GetHostAddresses($name) | Where-Object { $_.AddressFamily -eq 'InterNetwork' } | Select-Object -First 6 | ForEach-Object { $_.ToString() }",
  "      'exit 0'",
  "    } catch [Net.Sockets.SocketException] { 'exit 2' } catch { 'exit 2' }",
  '  }',
  '}',
  "'== end'",
];
