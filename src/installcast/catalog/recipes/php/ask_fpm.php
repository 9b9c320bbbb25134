<?php
// Runs a script that prints its PHP version by FPM on 127.0.0.1:<port>: one FastCGI request, as
// https://fastcgi-archives.github.io/FastCGI_Specification.html describes it.

const BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDIN_ = 5, STDOUT_ = 6, RESPONDER = 1;

function record(int $type, string $content): string
{
    return pack('CCnnCC', 1, $type, 1, strlen($content), 0, 0) . $content;
}

function pair(string $name, string $value): string
{
    return pack('CN', strlen($name), strlen($value) | 0x80000000) . $name . $value;
}

$script = tempnam('/tmp', 'ask');
file_put_contents($script, '<?php echo PHP_VERSION;');
rename($script, "$script.php"); // FPM runs nothing else by default
$script .= '.php';
chmod($script, 0644);

$connection = stream_socket_client("tcp://127.0.0.1:$argv[1]", $code, $reason, 10) ?: exit("$reason\n");
stream_set_timeout($connection, 10);
$parameters = pair('SCRIPT_FILENAME', $script) . pair('REQUEST_METHOD', 'GET') . pair('SERVER_PROTOCOL', 'HTTP/1.0');
fwrite($connection, record(BEGIN_REQUEST, pack('nCx5', RESPONDER, 0)) . record(PARAMS, $parameters)
    . record(PARAMS, '') . record(STDIN_, ''));

$answer = '';
while (strlen($header = (string) stream_get_contents($connection, 8)) === 8) {
    $head = unpack('Cversion/Ctype/nid/nlength/Cpadding', $header);
    $content = (string) stream_get_contents($connection, $head['length']);
    stream_get_contents($connection, $head['padding']);
    if ($head['type'] === STDOUT_) {
        $answer .= $content;
    } elseif ($head['type'] === END_REQUEST) {
        break;
    }
}
unlink($script);
echo substr($answer, strpos($answer, "\r\n\r\n") + 4);
